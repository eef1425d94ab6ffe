"""The model card for people: MODEL_CARD.md in the bundle, made of the card's own figures.

After Mitchell et al., *Model Cards for Model Reporting* (2019).
"""

from collections.abc import Mapping
from typing import Any

from classifier.knowledge import KNOWLEDGE
from classifier.report import rate_text


def card_text(card: Mapping[str, Any]) -> str:
    """The card as Markdown (`knowledge/model_card.md`, filled in)."""
    data, test = card["data"], card["frozen_test"]
    low, high = test["auc_interval"] or ("-", "-")
    rows = {"AUC": f"{test['auc']} (95% {low}-{high})", "calibration error": test["calibration_error"]}
    rows |= {key.replace("_", " "): rate_text(value) for key, value in test.items() if isinstance(value, Mapping)}
    template = (KNOWLEDGE / "model_card.md").read_text(encoding="utf-8")
    return template.format(
        **{key: card[key] for key in ("name", "base_rate", "reproduce")},
        **card["cutoffs"],
        **data["labels"],
        **data["authored_by_split"],
        authored=data["authored"],
        groups=data["groups"],
        test_scams=test["scams"],
        test_genuine=test["genuine"],
        figures="\n".join(f"| {name} | {value} |" for name, value in rows.items()),
        costs=", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in card["costs"].items()),
        weaknesses="\n".join(f"- {weakness}" for weakness in card["weaknesses"]),
        libraries=", ".join(f"{name} {version}" for name, version in sorted(card["libraries"].items())),
    )
