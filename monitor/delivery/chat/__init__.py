"""Chat services: a digest as Slack, Discord, Teams, Mattermost or ntfy show it best.

    JSON payload ─► telling (what there is to say) ─► pieces (a story each) ─► parts (one post each)

Everything here is pure: it reads the webhook's payload and gives the bodies to post. Foreign words
are escaped where a service's markup is written, links are http(s) only, and nobody is mentioned. A
part is cut between stories only; every story is in exactly one part.
"""
