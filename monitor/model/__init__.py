"""The nouns that pass from room to room. Frozen, slotted, standard library only.

One word per thing: an *entry* is what a feed says, an *article* what we keep; a *match* is one
rule on one article for one digest; a *story* is what several articles tell of one event; a *digest*
lists stories; a *message* is a rendered digest, a *delivery* its trip to one recipient.

Every datetime is aware. Collections are tuples.
"""

from monitor.model.articles import Article, Entry, Part
from monitor.model.basics import Clock, Secret, new_id, utc_now
from monitor.model.deliveries import TRIED_FOR, Delivery, DeliveryState
from monitor.model.digests import Digest, Message, Problem, ProblemKind, Story, StoryArticle
from monitor.model.feeds import Feed, FeedState
from monitor.model.matches import Finding, Fragment, Held, Hit, Match, Patience, Priority, Silence

__all__ = [
    "TRIED_FOR",
    "Article",
    "Clock",
    "Delivery",
    "DeliveryState",
    "Digest",
    "Entry",
    "Feed",
    "FeedState",
    "Finding",
    "Fragment",
    "Held",
    "Hit",
    "Match",
    "Message",
    "Part",
    "Patience",
    "Priority",
    "Problem",
    "ProblemKind",
    "Secret",
    "Silence",
    "Story",
    "StoryArticle",
    "new_id",
    "utc_now",
]
