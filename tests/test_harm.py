"""Do no harm, over every genuine text of the corpus (most of which trained the model: a floor, not a measure)."""

import pytest

from classifier import Assessment, Assessor, Notice, corpus

PAPERS = ("court_paper", "tax_notice", "pension_notice", "government_notice", "lender_demand", "lawyer_letter")


@pytest.fixture(scope="module")
def genuine(assessor: Assessor) -> list[tuple[corpus.Example, Assessment]]:
    examples = [e for e in corpus.build(corpus.read_authored()) if e.label == "genuine"]
    return list(zip(examples, assessor.assess_many([Notice(e.text, e.channel) for e in examples]), strict=True))


@pytest.mark.parametrize("kind", PAPERS)
def test_no_genuine_paper_is_told_to_be_ignored(kind: str, genuine: list[tuple[corpus.Example, Assessment]]) -> None:
    papers = [(e, a) for e, a in genuine if e.document_kind == kind]
    assert len(papers) > 100
    assert [(e.id, a.policy) for e, a in papers if a.stance == "do_not_respond"] == []


def test_other_genuine_texts_hardly_ever(genuine: list[tuple[corpus.Example, Assessment]]) -> None:
    told = [e.id for e, a in genuine if a.stance == "do_not_respond"]
    assert len(told) <= 0.01 * len(genuine), told


def test_every_payment_order_gets_its_objection_first(genuine: list[tuple[corpus.Example, Assessment]]) -> None:
    orders = [
        (e, a)
        for e, a in genuine
        if e.document_kind == "court_paper"
        and "支払督促" in e.text.replace(" ", "").replace("　", "")
        and "差押命令" not in e.text  # rests on an order that has become final
        and e.id != "court-a-208"  # tells the creditor that the debtor has objected
    ]
    assert len(orders) > 20
    late = [(e.id, a.policy) for e, a in orders if a.guidance[0].topic != "court_real_objection"]
    assert late == []


def test_desks_are_always_within_reach(genuine: list[tuple[corpus.Example, Assessment]]) -> None:
    for example, assessment in genuine:
        if assessment.verdict in ("scam_likely", "suspicious"):
            phones = {contact.phone for unit in assessment.guidance for contact in unit.contacts}
            assert "188" in phones, (example.id, assessment.policy)
