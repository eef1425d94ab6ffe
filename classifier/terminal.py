"""An assessment as a person reads it in a terminal: conclusion first, then what to do, then why."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from classifier.result import Assessment, Source
from classifier.why import Reason

_STYLE = {
    "scam_likely": "bold white on red",
    "suspicious": "bold black on yellow",
    "no_scam_signs": "bold",
    "undecidable": "bold black on cyan",
}
STANCE_LABELS = {
    "do_not_respond": "連絡しない・払わない・開かない",
    "verify_independently": "書いてある連絡先は使わず、自分で調べてたしかめる",
    "answer_by_deadline": "期限までに答える",
    "nothing_special": "とくにすることはない",
}


def probability_in_words(score: float) -> str:
    """0.97 -> かなり高い; the number stands beside it."""
    for limit, words in ((0.95, "とても高い"), (0.8, "高い"), (0.5, "やや高い"), (0.2, "やや低い"), (0.05, "低い")):
        if score >= limit:
            return words
    return "とても低い"


def percent(score: float) -> str:
    """Never 0 % or 100 %: a text alone proves nothing."""
    if score > 0.99:
        return "99%以上"
    return "1%未満" if score < 0.01 else f"{score:.0%}"


def _source(source: Source) -> str:
    return f"{source.document}{f'「{source.section}」' if source.section else ''}({source.as_of})"


def show(assessment: Assessment, console: Console) -> None:
    """Prints one assessment; colours only where the console has them, brackets mark the places otherwise."""
    if assessment.is_story:
        console.print("請求ではなく、人の話や質問として読みました。話に合う案内を出します。", style="bold")
    else:
        verdict = Text(f" {assessment.verdict_label} ", _STYLE[assessment.verdict])
        likely = f" 詐欺の確率: {probability_in_words(assessment.score)} ({percent(assessment.score)})"
        console.print(verdict, likely, sep="")
    console.print(f"すること: {STANCE_LABELS[assessment.stance]}")
    if assessment.answer_by:
        console.print(assessment.answer_by.text, style="bold", highlight=False, markup=False)
    console.print()
    for unit in assessment.guidance:
        console.print(f"■ {escape(unit.title)}", style="bold")
        for step in unit.steps:
            console.print(f"  ・{escape(step)}", highlight=False)
        for contact in unit.contacts:
            console.print(
                f"  ☎ {escape(contact.name)} {contact.phone} {escape(contact.hours)}".rstrip(), highlight=False
            )
        sources = dict.fromkeys(_source(s) for s in unit.sources)
        console.print(f"  出典: {escape('、'.join(sources))}\n", style="dim", highlight=False)
    for question in assessment.questions:
        answers = "・".join(f"--answer {question.id}={answer}" for answer in question.answers[:2])
        console.print(f"? {escape(question.text)} ({answers})", highlight=False)
    console.print("\n届いた文章", style="bold")
    console.print(_marked(assessment, colours=console.is_terminal), highlight=False, soft_wrap=True)
    if assessment.red_flags:
        console.print("\nあやしい点", style="bold")
    for number, flag in enumerate(assessment.red_flags, 1):
        places = "、".join(f"「{span.text}」" for span in flag.spans) or "(書かれていないこと)"
        console.print(f"  [{number}] {flag.label}: {flag.explanation} {places}", highlight=False, markup=False)
    for cancelled in assessment.cancelled_flags:
        console.print(f"  ( ) {cancelled.label}: {cancelled.reason}", highlight=False, markup=False)
    if assessment.green_flags:
        console.print("\n本物らしい点(まねもできます)", style="bold")
    for green in assessment.green_flags:
        console.print(f"  ・{green.label}: {green.explanation}", highlight=False, markup=False)
    console.print()
    for caution in assessment.cautions:
        console.print(f"※ {caution}", highlight=False, markup=False)
    versions = assessment.versions
    console.print(
        f"model {versions.model} rules {versions.rules} guidance {versions.guidance} policy {assessment.policy}",
        style="dim",
        highlight=False,
    )


def show_why(reasons: Sequence[Reason], console: Console) -> None:
    """Prints what moved the score, strongest first; + speaks for a scam, - against one."""
    console.print("\n点数を動かした部分(+は詐欺らしい方へ、-は本物らしい方へ)", style="bold")
    for reason in reasons:
        console.print(f"  {reason.effect:+.1f} 「{reason.span.text.strip()}」", highlight=False, markup=False)
    if not reasons:
        console.print("  ・とくに大きく動かした部分はありません", highlight=False)


def _marked(assessment: Assessment, *, colours: bool) -> Text:
    numbers = {flag.id: number for number, flag in enumerate(assessment.red_flags, 1)}
    text = Text()
    for piece, ids in assessment.segments():
        safe = "".join(c if c.isprintable() or c in "\n\t" else "�" for c in piece)
        if not ids:
            text.append(safe)
            continue
        label = ",".join(str(numbers[i]) for i in ids)
        text.append(safe if colours else f"【{safe}】", "black on yellow")
        text.append(f"[{label}]", "bold red")
    return text
