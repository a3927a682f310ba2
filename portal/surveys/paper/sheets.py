"""The questionnaire as it stands on paper: from the same file as the screens."""

from portal.surveys.answering.forms import QuestionView, page_view
from portal.surveys.answering.queries import Asked, newest_version, read
from portal.surveys.answering.rules import PostedPage, Saved
from portal.surveys.rules import Moment


def newest(moment: Moment, *, parenting_help: bool) -> Asked:
    """The questionnaire in use for a moment. Raises NoResultFound when none was ever published."""
    version = newest_version(moment)
    return Asked(version.id, read(version.source).pages_for(parenting_help=parenting_help))


def questions(
    asked_now: Asked,
    perspective: str,
    language: str,
    given: Saved | None = None,
    posted: PostedPage | None = None,
) -> list[QuestionView]:
    """All questions one after another, with what was typed in so far.

    The labels of the answers are in the language of gettext: force it where that is another.
    """
    saved = given or Saved({})
    views = [
        page_view(
            asked_now.pages,
            number,
            saved.answers,
            language=language,
            perspective=perspective,
            tab=posted.tab if posted else "",
            posted=posted,
            problems=saved.problems,
        )
        for number in range(1, len(asked_now.pages) + 1)
    ]
    return [question for view in views for question in view.questions]
