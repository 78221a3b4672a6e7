"""What ``wirewatch trace --json`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.cli import show
from monitor.cli.trace_facts import Trace, told_as_update
from monitor.cli.trace_judge import Again
from monitor.cli.trace_verdict import verdict

if TYPE_CHECKING:
    from monitor.config import Settings
    from monitor.digests.patience import Wait
    from monitor.matching.nearest import Miss
    from monitor.model import Article
    from monitor.store.lives import Fellow, Found, Life, Told


def described(settings: Settings, trace: Trace) -> dict[str, Any]:
    """Everything that a trace holds. Moments are UTC; docs/running.md tells every key."""
    what = verdict(settings, trace)
    return {
        "asked": trace.asked,
        "fate": str(what.fate),
        "verdict": " ".join(what.sentences),
        "id": trace.article_id,
        "known_as": trace.known_as or None,
        "first_seen_at": show.iso(trace.first_seen_at),
        "article": _article(trace.article, trace.life) if trace.article else None,
        "seen": [
            {"feed": each.feed, "at": show.iso(each.at), "subscribed": each.subscribed}
            for each in (trace.life.sightings if trace.life else ())
        ],
        "judged_late_or_again": [
            {"at": show.iso(each.at), "version": each.revision, "feeds": each.feeds}
            for each in trace.judgings
        ],
        "trouble": trace.trouble,
        "matches": [_match(match, trace) for match in trace.matches],
        "stories": [
            {
                "id": each.id,
                "begun_at": show.iso(each.begun_at),
                "other_articles": sum(other.id != trace.article_id for other in each.articles),
                "articles": [_fellow(fellow) for fellow in each.articles],
            }
            for each in trace.stories
        ],
        "messages": [_message(message, trace) for message in trace.told],
        "judged_again": _again(trace.again) if trace.again else None,
        "nearest": [
            {
                "id": each.id,
                "url": each.url,
                "title": each.title,
                "first_seen_at": show.iso(each.first_seen_at),
            }
            for each in trace.neighbours
        ],
        "feeds_of_host": [
            {
                "name": each.name,
                "url": each.url,
                "last_success_at": show.iso(each.last_success_at),
                "trouble": each.trouble or trace.troubles.get(each.name),
            }
            for each in trace.feeds
        ],
    }


def _article(article: Article, life: Life | None) -> dict[str, Any]:
    return {
        "title": article.title,
        "url": article.url,
        "author": article.author,
        "language": article.language,
        "site": article.site,
        "published_at": show.iso(article.published_at),
        "version": article.revision,
        "note": article.note,
        "may_alert": life.alert if life else None,
        "waits_to_be_judged": life.pending if life else None,
    }


def _match(match: Found, trace: Trace) -> dict[str, Any]:
    fate = match.fate
    return {
        "rule": fate.rule,
        "digest": fate.digest,
        "found_at": show.iso(fate.found_at),
        "terms": list(match.terms),
        "priority": str(match.priority),
        "rule_text": match.text,
        "story": fate.story_id,
        "sending": fate.sending_id,
        "held": str(fate.held) if fate.held else None,
        "held_at": show.iso(fate.held_at),
        "waits_for": _waits(trace.waits.get(fate.id)),
        "sources_counted": list(trace.counted.get(fate.id, ((), 0))[0]),
        "silenced_until": show.iso(fate.silence.until) if fate.silence else None,
        "silence_ended_by_hand": fate.silence.ended_by_hand if fate.silence else None,
    }


def _waits(wait: Wait | None) -> dict[str, Any] | None:
    if wait is None:
        return None
    what = {"sources": wait.sources, "of": wait.wanted} if wait.wanted else {"cooldown": True}
    return {**what, "until": show.iso(wait.until)}


def _fellow(fellow: Fellow) -> dict[str, Any]:
    return {
        "id": fellow.id,
        "title": fellow.title,
        "url": fellow.url,
        "outlet": fellow.outlet,
        "joined_at": show.iso(fellow.joined_at),
        "because": list(fellow.because),
    }


def _message(message: Told, trace: Trace) -> dict[str, Any]:
    return {
        "id": message.id,
        "sending": message.sending_id,
        "digest": message.digest,
        "composed_at": show.iso(message.composed_at),
        "subject": message.subject,
        "update": told_as_update(message, trace),
        "deliveries": [
            {
                "id": each.id,
                "channel": each.channel,
                "recipient": each.recipient,
                "state": str(each.state),
                "attempts": each.attempts,
                "created_at": show.iso(each.created_at),
                "first_tried_at": show.iso(each.first_tried_at),
                "last_tried_at": show.iso(each.last_tried_at),
                "due_at": show.iso(each.due_at),
                "answer": each.answer,
                "resent": each.resent,
            }
            for each in message.trips
        ],
    }


def _again(again: Again) -> dict[str, Any]:
    described: dict[str, Any] = {
        "at": show.iso(again.moment),
        "text_of_that_time": again.kept,
        "rules": again.asked,
        "matching": [
            {"rule": name, "terms": list(terms)} for name, terms in again.matching.items()
        ],
        "missed": [_miss(miss) for miss in again.misses],
        "matching_today": list(again.today),
        "over": [rule.name for rule in again.over],
        "faulty_files": list(again.faulty),
        "unreadable_files": list(again.left_out),
    }
    if again.rule:
        rule, explanation, there = again.rule
        described["rule"] = {"name": rule.name, "there_then": there, "text": rule.text}
        described["rule"]["explanation"] = explanation.as_dict()
    return described


def _miss(miss: Miss) -> dict[str, Any]:
    return {
        "rule": miss.rule.name,
        "share": round(miss.share, 3),
        "failed": [{"clause": each.clause, "why": each.why} for each in miss.failed],
    }
