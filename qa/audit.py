"""One self-contained page that shows how an answer came about. Makes no answer and judges none.

No script, no request: the page's own policy forbids both. Everything of an article or a model is escaped.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from qa.gate import support
from qa.types import Answer

_TEMPLATES = Environment(loader=PackageLoader("qa"), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def audit_page(answer: Answer, facts: Mapping[str, str]) -> str:
    """The page as HTML. `facts`: how the question was asked (library, model, threshold, ...), by name.

    The answer must come from the pipeline: a stored one no longer has its evidence.
    """
    cited = {(c.article_id, c.version, c.sentence) for c in answer.citations}
    evidence = [
        {
            "hit": hit,
            "support": support(hit.features),
            "cited": (hit.sentence.article_id, hit.sentence.version, hit.sentence.index) in cited,
        }
        for hit in answer.evidence
    ]
    return _TEMPLATES.get_template("audit.html").render(answer=answer, facts=facts, evidence=evidence)
