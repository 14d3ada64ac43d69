"""The README lists the operations that there are, and no others; those that are not answer that they are not."""

from __future__ import annotations

from runtime.endpoint.model import Models
from runtime.generation import TODAY
from runtime.services.lambda_today import FAMILIES
from tests.docs.operations import README, rewritten


def test_the_readme_lists_just_the_operations_that_there_are() -> None:
    readme = README.read_text()

    assert readme == rewritten(readme), "run `make fix`"


def test_every_public_method_of_a_family_is_an_operation_of_one_family_only() -> None:
    model = Models().service("lambda", TODAY.api_version)
    assert model is not None
    known = {model.operation(name).method_name for name in model.operation_names}

    methods = [name for family in FAMILIES for name in vars(family) if not name.startswith("_")]
    operations = [name for name in methods if name not in ("service", "api_version")]

    assert set(operations) <= known
    assert len(operations) == len(set(operations))
    assert {(family.service, family.api_version) for family in FAMILIES} == {("lambda", TODAY.api_version)}
