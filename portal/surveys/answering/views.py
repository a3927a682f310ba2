"""The addresses of the survey: /v and everything under a personal link."""

from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from portal import i18n
from portal.db import transaction
from portal.forms import errors_of, tidy
from portal.identity import attempts
from portal.profile import profile
from portal.surveys.answering import operations
from portal.surveys.answering.forms import (
    ANSWER,
    CallForm,
    CodeForm,
    PageView,
    SurveyForm,
    new_tab,
    page_view,
    problem_text,
    read_page,
)
from portal.surveys.answering.personal import (
    is_young,
    may_ask_others,
    speak,
    state_of,
    switched_language,
    unknown_link,
)
from portal.surveys.answering.queries import Asked, answers_of, asked, find, find_by_code, token_of
from portal.surveys.answering.rules import PostedPage, Saved, take, visible
from portal.surveys.models import Invitation
from portal.surveys.questionnaire import Page, QuestionType
from portal.surveys.rules import LinkState, Written, read_code
from portal.web import entry, page

blueprint = Blueprint("answering", __name__)
TAB_LENGTH = 16
LONGEST_ID = 10
GRADE_PARAMETER = "cijfer"
"""In the links of a mail: the grade that was tapped there."""


@blueprint.route("/v", methods=["GET", "POST"])
@entry("public")
def enter() -> ResponseReturnValue:
    """Type the code of a letter."""
    form = CodeForm()
    if request.method == "GET" or switched_language():
        return page("surveys/enter.html", form=form)
    if not form.validate():
        return page("surveys/enter.html", status=400, form=form)
    if not form.code.data:
        form.code.errors = [_("Typ de code uit uw brief. Het zijn tien letters en cijfers.")]
        return page("surveys/enter.html", status=422, form=form)
    seconds, counted = attempts.begin("code")
    if seconds:
        raise TooManyRequests(retry_after=seconds)
    code = read_code(form.code.data)
    invitation = find_by_code(code) if code else None
    if invitation is None:
        form.code.errors = [_code_help(code)]
        return page("surveys/enter.html", status=422, form=form)
    token = token_of(invitation)
    attempts.was_right(counted)
    return redirect(url_for(".survey", token=token), 303)


def _code_help(code: str | None) -> str:
    if code is None:
        return _("Deze code is niet compleet. Een code heeft tien letters en cijfers. Kijk het nog eens na.")
    return _(
        "Deze code kennen we niet. Kijk elke letter nog eens na. Een code die al gebruikt is, werkt niet meer."
    )


@blueprint.get("/v/<token>")
@entry("personal")
def survey(token: str) -> ResponseReturnValue:
    """Where one was, or the first question; a grade tapped in a mail is chosen there, and not kept."""
    invitation = find(token)
    if invitation is None or state_of(invitation) is not LinkState.OPEN:
        return _not_open(invitation)
    draft = invitation.draft
    sheet = Sheet.of(invitation, draft.page if draft else 1)
    if sheet.choose_grade(request.args.get(GRADE_PARAMETER, "")):
        return _show(sheet)
    return _show(sheet, resumed=bool(draft and invitation.started))


@blueprint.get("/v/<token>/<int:number>")
@entry("personal")
def survey_page(token: str, number: int) -> ResponseReturnValue:
    """One page of the survey."""
    invitation = find(token)
    if invitation is None or state_of(invitation) is not LinkState.OPEN:
        return _not_open(invitation)
    return _show(Sheet.of(invitation, number))


@blueprint.post("/v/<token>/<int:number>")
@entry("personal")
def answer(token: str, number: int) -> ResponseReturnValue:
    """Save a page and go where the button says; on the last page, send."""
    with transaction():
        invitation = find(token, to_change=True)
        if invitation is None or state_of(invitation) is not LinkState.OPEN:
            return _not_open(invitation)
        sheet = Sheet.of(invitation, number)
        posted, stale = _read(sheet)
        saved = take(sheet.asked.questions, sheet.answers, posted)
        sheet.answers = saved.answers
        if stale:
            return _show(sheet, posted=posted, saved=saved, errors=stale, status=400)
        return _act(sheet, request.form.get("action", "next"), posted, saved)


@blueprint.post("/v/<token>/<int:number>/bewaar")
@entry("personal")
def save(token: str, number: int) -> ResponseReturnValue:
    """Save a page while it stays open (htmx), and say beside the question that it is kept."""
    if not request.htmx:  # type: ignore[attr-defined]
        return answer(token, number)
    with transaction():
        invitation = find(token, to_change=True)
        if invitation is None or state_of(invitation) is not LinkState.OPEN:
            return _not_saved(409, _kept_elsewhere(invitation))
        sheet = Sheet.of(invitation, number)
        posted, stale = _read(sheet)
        if stale:
            return _not_saved(400, stale[0][1])
        saved = take(sheet.asked.questions, sheet.answers, posted)
        sheet.answers = saved.answers
        sheet.keep()
        view = sheet.view(posted=posted, saved=saved)
    question = next((question for question in view.questions if question.key == _saved_key()), None)
    status = 422 if saved.problems else 200
    url = url_for(".answer", token=token, number=number)
    response = page("surveys/saved.html", status=status, question=question, answer_url=url, message="")
    if f"{GRADE_PARAMETER}=" in request.headers.get("HX-Current-URL", ""):
        # Opened again, the page must show what was chosen since, not the grade of the mail.
        response.headers["HX-Replace-Url"] = url
    return response


def _opened_version() -> int | None:
    """The version of the questionnaire that the posted page showed."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < LONGEST_ID else None


def _saved_key() -> str:
    """The question that htmx saved for."""
    return request.headers.get("HX-Trigger", "").removeprefix("vraag-")


def _not_saved(status: int, message: str) -> ResponseReturnValue:
    key = _saved_key()
    return page("surveys/saved.html", status=status, question=None, message=message, key=key)


@blueprint.get("/v/<token>/bedankt")
@entry("personal")
def thanks(token: str) -> ResponseReturnValue:
    """After sending."""
    invitation = find(token)
    if invitation is None or not invitation.completed:
        return redirect(url_for(".survey", token=token), 303)
    speak(invitation)
    return page(
        "surveys/thanks.html", token=token, young=is_young(invitation), others=may_ask_others(invitation)
    )


@blueprint.route("/v/<token>/bellen", methods=["GET", "POST"])
@entry("personal")
def call(token: str) -> ResponseReturnValue:
    """Rather tell than type: ask to be called. Works as long as we know the link, also after sending."""
    invitation = find(token)
    if invitation is None:
        return _not_open(None)
    speak(invitation)
    form = CallForm(public_id=invitation.public_id, purpose="call")
    context: dict[str, Any] = {"token": token, "form": form, "young": is_young(invitation)}
    if request.method == "GET" or switched_language():
        form.request_key.data = form.request_key.data or new_tab()
        return page("surveys/call.html", **context)
    if not form.validate():
        return page("surveys/call.html", status=422, **context)
    details = {
        "name": form.name.data or "",
        "phone": form.phone.data or "",
        "when": form.when.data,
        "language": i18n.language(),
    }
    with transaction():
        found = find(token, to_change=True)
        if found is not None:
            operations.ask_to_be_called(found, (form.request_key.data or "")[:TAB_LENGTH], details)
    return redirect(url_for(".called", token=token), 303)


@blueprint.get("/v/<token>/gebeld-worden")
@entry("personal")
def called(token: str) -> ResponseReturnValue:
    """Confirmation that we will call."""
    invitation = find(token)
    if invitation is None:
        return _not_open(None)
    if not invitation.call_requested:
        return redirect(url_for(".call", token=token), 303)
    speak(invitation)
    still_open = state_of(invitation) is LinkState.OPEN
    return page("surveys/called.html", token=token, still_open=still_open, young=is_young(invitation))


@dataclass
class Sheet:
    """One opened page of one invitation's survey."""

    invitation: Invitation
    asked: Asked
    pages: tuple[Page, ...]
    answers: dict[str, Written]
    number: int
    tab: str
    chosen: dict[str, str] = field(default_factory=dict)
    """What the address chose, shown and not kept."""

    @classmethod
    def of(cls, invitation: Invitation, number: int) -> "Sheet":
        questionnaire = asked(invitation, _opened_version())
        answers = answers_of(invitation.draft)
        # A page whose questions are all for others is no page.
        pages = tuple(found for found in questionnaire.pages if visible(found.questions, answers))
        inside = max(1, min(number, len(pages)))
        speak(invitation)
        return cls(invitation, questionnaire, pages, answers, inside, new_tab())

    def choose_grade(self, value: str) -> bool:
        """Turn to the page of the grade with this one chosen; False when it is no grade."""
        for number, found in enumerate(self.pages, start=1):
            for question in visible(found.questions, self.answers):
                if question.type is QuestionType.GRADE and value in question.values:
                    self.number, self.chosen = number, {question.key: value}
                    return True
        return False

    def keep(self, *, page: int | None = None, language: str | None = None) -> None:
        operations.save(self.invitation, self.asked, self.answers, page=page, language=language)

    def view(self, posted: PostedPage | None = None, saved: Saved | None = None) -> PageView:
        return page_view(
            self.pages,
            self.number,
            self.answers,
            language=i18n.language(),
            perspective=self.invitation.perspective,
            tab=self.tab,
            posted=posted,
            problems=saved.problems if saved else None,
            chosen=self.chosen,
            shared=not self.invitation.first_person,
        )


def _read(sheet: Sheet) -> tuple[PostedPage, list[tuple[str, str]]]:
    """The posted page, and the message when its hidden mark does not fit this link."""
    form = SurveyForm(public_id=sheet.invitation.public_id, purpose="survey")
    tab = form.tab.data or ""
    if len(tab) == TAB_LENGTH and tab.isalnum():
        sheet.tab = tab
    stale = [] if form.validate() else errors_of(form)
    questions = sheet.pages[sheet.number - 1].questions
    return read_page(request.form, questions, sheet.tab), stale


def _act(sheet: Sheet, action: str, posted: PostedPage, saved: Saved) -> ResponseReturnValue:
    """Do what the pressed button says."""
    verb, _colon, value = action.partition(":")
    if verb == "language" and value in profile().languages:
        i18n.use(value)
        sheet.keep(language=value)
        return _show(sheet, posted=posted, saved=saved)
    if verb in {"clear", "wipe"}:
        sheet.answers.pop(value, None)
        saved.problems.pop(value, None)
    if verb == "show" and value in sheet.answers and sheet.invitation.first_person:
        # From here on this page owns the words, so that changing them replaces them.
        sheet.answers[value] = Written(sheet.answers[value].value, sheet.tab)
    if saved.problems:
        sheet.keep()
        return _show(sheet, posted=posted, saved=saved, status=422)
    if verb in {"clear", "wipe", "show"} or (verb in {"next", "send"} and _has_new_question(sheet, posted)):
        sheet.keep()
        return _show(sheet)
    if verb == "send":
        return _send(sheet)
    if verb == "call":
        sheet.keep(page=sheet.number)
        return redirect(url_for(".call", token=_token()), 303)
    pages = [found for found in sheet.asked.pages if visible(found.questions, sheet.answers)]
    number = max(1, min(sheet.number + (-1 if verb == "back" else 1), len(pages)))
    sheet.keep(page=number)
    return redirect(url_for(".survey_page", token=_token(), number=number), 303)


def _send(sheet: Sheet) -> ResponseReturnValue:
    try:
        operations.send(sheet.invitation, sheet.asked, sheet.answers, tab=sheet.tab)
    except operations.NothingToSend:
        sheet.keep()
        text = _(
            "Er is nog geen antwoord. Geef op één vraag antwoord, dan kan het verstuurd worden. Dat mag elke vraag zijn."
        )
        return _show(sheet, errors=[("", text)], status=422)
    return redirect(url_for(".thanks", token=_token()), 303)


def _has_new_question(sheet: Sheet, posted: PostedPage) -> bool:
    """Whether an answer on this page opened a question on it that was not there yet."""
    asked_now = visible(sheet.pages[sheet.number - 1].questions, sheet.answers)
    return any(question.key not in posted.present for question in asked_now)


def _show(
    sheet: Sheet,
    *,
    posted: PostedPage | None = None,
    saved: Saved | None = None,
    errors: list[tuple[str, str]] | None = None,
    status: int = 200,
    resumed: bool = False,
) -> ResponseReturnValue:
    view = sheet.view(posted, saved)
    errors = list(errors or [])
    if saved and "" in saved.problems:
        errors.append(("", problem_text(saved.problems[""])))
    errors += [(f"vraag-{question.key}", question.error) for question in view.questions if question.error]
    form = SurveyForm(
        formdata=None,
        public_id=sheet.invitation.public_id,
        purpose="survey",
        version=sheet.asked.version_id,
    )
    return page(
        "surveys/page.html",
        status=status,
        view=view,
        form=form,
        token=_token(),
        moment=sheet.invitation.moment,
        young=is_young(sheet.invitation),
        shared=not sheet.invitation.first_person,
        errors=errors,
        resumed=resumed,
    )


def _not_open(invitation: Invitation | None) -> ResponseReturnValue:
    """The friendly page for a link that opens no questions: sent, closed, or unknown."""
    if invitation is None:
        return unknown_link()
    speak(invitation)
    again = request.form.get("tab") and request.form["tab"] == invitation.sent_from
    state = state_of(invitation)
    if state is LinkState.SENT and again:
        return redirect(url_for(".thanks", token=_token()), 303)
    texts = [found.key for found in asked(invitation).questions if found.type is QuestionType.TEXT]
    typed = [text for key in texts if (text := tidy(request.form.get(ANSWER + key)))]
    template = "surveys/sent.html" if state is LinkState.SENT else "surveys/closed.html"
    status = {("GET", LinkState.CLOSED): 410, ("POST", LinkState.CLOSED): 410}.get((request.method, state))
    return page(
        template,
        status=status or (409 if request.method == "POST" else 200),
        token=_token(),
        typed=typed,
        young=is_young(invitation),
        others=may_ask_others(invitation),
    )


def _kept_elsewhere(invitation: Invitation | None) -> str:
    if invitation is not None and invitation.completed:
        return _(
            "Dit is niet bewaard: de antwoorden zijn al verstuurd. Wat hier staat, is nog over te nemen."
        )
    return _("Dit is niet bewaard: deze link is gesloten. Wat hier staat, is nog over te nemen.")


def _token() -> str:
    return str((request.view_args or {})["token"])
