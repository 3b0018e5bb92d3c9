"""CA管理: the locks of an enterprise. Each act needs a fresh signature; the use cases decide which
lock must sign (core.cases.accounts.bind)."""

from fastapi import APIRouter, Response

from core.accounts.enterprises.certificate_end import ending
from core.cases.accounts import bind, lock_loss
from core.data.enterprise import Binding
from web.portal.portal_answers import ProofSent, RenewSent, UnbindSent
from web.portal.visits import Inside, Member

router = APIRouter(prefix="/portal/locks")

LOCKS = "/portal/locks"


@router.get("")
def show_locks(here: Inside) -> Response:
    """The bound locks, and the ended bindings."""
    bindings = here.bindings(ended=True)
    bound = [binding for binding in bindings if not binding.ended_at]
    return here.page("locks", bound=bound, bindings=bindings, ending=ending(bound, here.now))


@router.post("/bind")
def bind_lock(here: Inside, sent: ProofSent) -> Response:
    """Bind the lock that signed, as primary if there is none, else as secondary."""
    _binding, token = bind.bind(here.visitor, here.proof(sent))
    return _with_new_session(here, token, "bound")


@router.post("/unbind")
def unbind_lock(here: Inside, sent: UnbindSent) -> Response:
    """End one binding. If the session began with that lock, it ends."""
    ended = ended_by(here, sent)
    if ended.id != here.visit.session.binding_id:
        return here.done(LOCKS, "unbound")
    if here.bindings():
        return here.leave(here.done("/portal/login?by=lock", "own_left"))
    return here.leave(here.done("/portal/login?by=account", "own"))


def ended_by(here: Member, sent: UnbindSent) -> Binding:
    """End a binding by a fresh signature of a lock. Raises EntryRefused."""
    return bind.unbind(here.visitor, sent.binding_id, here.proof(sent))


@router.post("/lost")
def report_lost(here: Inside, sent: UnbindSent) -> Response:
    """Report a lock lost by the signature of another one. If the session began with the lost lock,
    it ends."""
    lock_loss.report_by_lock(here.visitor, sent.binding_id, here.proof(sent))
    if sent.binding_id != here.visit.session.binding_id:
        return here.done(LOCKS, "lost")
    return here.leave(here.done("/portal/login?by=lock", "lost"))


@router.post("/renew")
def renew_lock(here: Inside, sent: RenewSent) -> Response:
    """Replace the lock that signed by a renewed one."""
    _binding, token = bind.renew(here.visitor, here.proof(sent), sent.renewed)
    return _with_new_session(here, token, "renewed")


def _with_new_session(here: Member, token: str, notice: str) -> Response:
    response = here.done(LOCKS, notice)
    here.keep_session(response, token)
    return response
