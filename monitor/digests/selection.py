"""Which waiting matches go into a digest now. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from monitor.digests.options import DigestOptions
from monitor.digests.patience import Parted
from monitor.digests.periods import Cron, Immediately
from monitor.model import Article, Match, Priority, Story, StoryArticle


def is_due(
    options: DigestOptions,
    next_at: datetime | None,
    ready: Parted,
    now: datetime,
) -> bool:
    """Whether a digest is to be looked at now; ``ready`` counts for an immediate one alone.

    A scheduled one is due by its clock; an immediate one when what may go out could do so for as
    long as it gathers, or was found by a clock that was ahead and has been put back; and when
    there are matches that waited in vain.
    """
    if not isinstance(options.schedule, Immediately):
        return next_at is not None and next_at <= now
    gathers = timedelta(seconds=options.schedule.gather)
    if not ready.free:
        return bool(ready.late)
    waited = now - min(ready.free.values())
    due = waited >= gathers or waited < -gathers  # a little ahead may be another machine's clock
    return due or bool(ready.late)


def is_quiet(options: DigestOptions, now: datetime) -> bool:
    """Whether a digest is in its quiet hours; a cron schedule has none, its hours were chosen."""
    quiet = options.quiet_hours
    if quiet is None or isinstance(options.schedule, Cron):
        return False
    return quiet.covers(now, options.timezone)


def outside_quiet_hours(
    options: DigestOptions, waiting: Sequence[Match], now: datetime
) -> tuple[Match, ...]:
    """The matches that may go out now: in quiet hours only those of high priority."""
    if not is_quiet(options, now):
        return tuple(waiting)
    return tuple(match for match in waiting if match.priority is Priority.HIGH)


def stories_of(
    chosen: Sequence[Match],
    articles: Mapping[str, Article],
    told: Collection[str],
    first: Mapping[str, datetime],
) -> tuple[Story, ...]:
    """Gather matches into stories: the most pressing first, then the one that moved last.

    ``told`` are the stories that an earlier sending told: they come as updates. ``first`` says
    when the first one did, where that is known.
    """
    by_story: dict[str, dict[str, list[Match]]] = {}
    for match in chosen:
        if match.story_id is not None and match.article_id in articles:
            by_story.setdefault(match.story_id, {}).setdefault(match.article_id, []).append(match)
    stories = []
    for story_id, by_article in by_story.items():
        listed = [StoryArticle(articles[id_], tuple(found)) for id_, found in by_article.items()]
        listed.sort(key=lambda each: (moment(each.article), each.article.id))
        stories.append(Story(story_id, tuple(listed), story_id in told, first.get(story_id)))
    stories.sort(key=lambda story: max(moment(t.article) for t in story.articles), reverse=True)
    return tuple(sorted(stories, key=lambda story: story.priority.rank))


def moment(article: Article) -> datetime:
    """When an article was published, else first seen; a date in the future is not believed."""
    if article.published_at is None or article.published_at > article.first_seen_at:
        return article.first_seen_at
    return article.published_at
