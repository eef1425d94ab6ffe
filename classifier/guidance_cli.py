"""`scam-notice guidance`: the whole base of advice on the command line, for staff who check what they read out."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from classifier.errors import UnreadableInput
from classifier.guidance import Fact, GuidanceBase, GuidanceUnit


def guidance(
    query: Annotated[
        list[str] | None, typer.Argument(help="A topic, or words to search for; nothing lists every unit.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The units as JSON.")] = False,
    prove: Annotated[
        bool, typer.Option("--prove", help="Walk every combination of the policy table and look for harm (minutes).")
    ] = False,
    measure: Annotated[
        Path | None, typer.Option("--measure", help="Questions with wanted topics; says how many the search finds.")
    ] = None,
) -> None:
    """Shows what to advise: every unit, one with its facts and sources, or what a search finds."""
    base = GuidanceBase.load()
    if prove:
        _prove(base)
        return
    if measure:
        _measure(base, measure)
        return
    words = " ".join(query or ())
    if words in base.topics:
        units: tuple[GuidanceUnit, ...] = (base.unit(words),)
    else:
        units = base.search(words) if words else tuple(base.unit(topic) for topic in base.topics)
    if as_json:
        typer.echo(json.dumps([as_fields(unit, base) for unit in units], ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False, soft_wrap=True, markup=False)
    if len(units) == 1:
        _show(units[0], base, console)
        return
    if not units:
        console.print(f"「{words}」に合う案内はありません。ほかの言葉で探すか、188に電話してください。")
    for unit in units:
        console.print(f"{unit.topic:30s} {unit.title}")


def as_fields(unit: GuidanceUnit, base: GuidanceBase) -> dict[str, Any]:
    """A unit with everything it rests on, ready for JSON."""
    facts = [
        {**asdict(fact), "replaces": [asdict(old) for old in base.replaced_by(fact)]} for fact in base.facts_of(unit)
    ]
    desks = [{name: getattr(desk, name) for name in ("name", "phone", "hours", "purpose")} for desk in unit.contacts]
    return {
        "id": unit.id,
        "topic": unit.topic,
        "title": unit.title,
        "steps": list(unit.steps),
        "staff": unit.staff,
        "contacts": desks,
        "applies": unit.applies,
        "never": unit.never,
        "beyond": unit.beyond,
        "facts": facts,
    }


def _show(unit: GuidanceUnit, base: GuidanceBase, console: Console) -> None:
    console.print(f"■ {unit.title}  [{unit.id} {unit.topic}]", style="bold")
    for step in unit.steps:
        console.print(f"  ・{step}")
    console.print("\n相談員向け", style="bold")
    console.print(f"  {unit.staff}")
    console.print(f"\n出すとき: {unit.applies}\n出さないとき: {unit.never}")
    console.print("\n連絡先", style="bold")
    for desk in unit.contacts:
        console.print(f"  ☎ {desk.name} {desk.phone} {desk.hours}".rstrip() + f"  {desk.purpose}")
    console.print("\n根拠" + ("(2つの資料にはなく、公の情報による)" if unit.beyond else ""), style="bold")
    for fact in base.facts_of(unit):
        console.print(f"  {fact.id} {fact.fact}\n      {_cited(fact)}")
        for old in base.replaced_by(fact):
            console.print(f"      古い記述({old.id}): {old.fact} {_cited(old)} {old.reason}")


def _cited(fact: Fact) -> str:
    source = fact.source
    return f"{source.document}{f'「{source.section}」' if source.section else ''}({source.as_of})"


def _prove(base: GuidanceBase) -> None:
    """Says how many situations were walked, and every rule broken with its first example."""
    from classifier.harm import broken, walk

    found: Counter[str] = Counter()
    examples: dict[str, str] = {}
    walked = 0
    for situation in walk():
        walked += 1
        decision = situation.decide()
        for rule in broken(situation, decision, base):
            found[rule] += 1
            examples.setdefault(rule, f"{situation} -> {decision.row} {decision.stance} {decision.topics}")
    typer.echo(f"{walked} situations, {found.total()} broken rules")
    for rule, count in found.most_common():
        typer.echo(f"{count:8d}  {rule}\n          {examples[rule]}")
    if found:
        raise typer.Exit(1)


def _measure(base: GuidanceBase, path: Path) -> None:
    """Of the topics wanted for each question, the share among the first three found; by split of the file."""
    wanted: Counter[str] = Counter()
    found: Counter[str] = Counter()
    first: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            text, topics, split = record["text"], record["topics"], record.get("split", "all")
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise UnreadableInput(f"{path}:{number}: needs `text` and `topics` ({error})") from error
        near = base.related(text, base.topics)[:3]
        asked[split] += 1
        wanted[split] += len(topics)
        found[split] += sum(topic in near for topic in topics)
        first[split] += bool(near) and near[0] in topics
    for split in asked:
        typer.echo(
            f"{split}: {asked[split]} questions, first found is wanted {first[split] / asked[split]:.1%} "
            f"({first[split]}/{asked[split]}), wanted among the first three {found[split] / wanted[split]:.1%} "
            f"({found[split]}/{wanted[split]})"
        )
