"""The people of the scenes: enterprises whose registered contacts ask honestly,
and rivals who ask in their names."""

from itertools import count

from core.data.case import Case, State
from tests.app.running import eventually
from tests.security.people import Signer, Victim, papers, request, victim
from tests.security.scene import PATIENCE_S, Scene
from tests.sender.test_dkim import made_key

FORGED = ("pass", "fail", "none", "permerror", "temperror")
STRANGER, LOOK_ALIKE, COMPETING, BESIDE, REPLAYED, FLOODED = (
    "stranger",
    "look-alike",
    "competing",
    "beside",
    "replayed",
    "flooded",
)
WAITING, AGENT = "waiting", "agent"
HONEST_FIRST = (COMPETING, BESIDE, REPLAYED, FLOODED)
SCENES = (*FORGED, STRANGER, LOOK_ALIKE, *HONEST_FIRST, WAITING, AGENT)
VICTIMS = {name: victim(seed) for name, seed in zip(SCENES, count(601), strict=False)}
RIVALS_HANDLER = 900
"""Whose ID card lies beside the victims' licences in every fraud."""


class Stage:
    """The scene with its people.

    `own`: what signs for each victim's domain; `frauds`: the From of each fraud.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        honest, self._rivals_key = made_key(), made_key()
        self.own = {name: Signer(scene.names, one.domain, honest) for name, one in VICTIMS.items()}
        self.rival = Signer(scene.names, "rival.example", self._rivals_key)
        self.frauds: dict[str, str] = {}

    def begin(self) -> None:
        """Send the first mail of every scene, all at once as on a bad day, so that no scene waits
        until the mails of another are read."""
        for verdict in FORGED:
            self.forge(verdict, verdict)
        self.ask_as_stranger(STRANGER)
        self.ask_from_look_alike(LOOK_ALIKE)
        for name in HONEST_FIRST:
            self.ask_honestly(name)
        for name in (WAITING, AGENT):
            self.ask_as_stranger(name)

    def forge(self, name: str, verdict: str) -> None:
        """Ask in the registered contact's name, from a domain of the rival's of which the centre's
        server finds this verdict."""
        attacked, names, domain = VICTIMS[name], self.scene.names, f"{verdict}.{name}.example"
        mail = self._fraud(name, attacked.contact)
        match verdict:
            case "pass":
                mail = Signer(names, domain, self._rivals_key).sign(mail)
            case "fail":
                mail = (
                    Signer(names, domain, self._rivals_key, b"v=spf1 -all").sign(mail) + b"P.S.\r\n"
                )
            case "permerror":
                names.texts[domain] = b"v=spf1 what:ever -all"
            case "temperror":
                mail = Signer(names, domain, self._rivals_key).sign(mail)
                names.broken.add(domain)
        self.scene.by_exchanger(mail, f"bounces@{domain}")

    def ask_as_stranger(self, name: str) -> None:
        """Ask from an address of one's own, which its signature proves."""
        sender = f"{name}@{self.rival.domain}"
        self.scene.mail(self.rival.sign(self._fraud(name, sender)), sender)

    def ask_from_look_alike(self, name: str) -> None:
        """Ask from a domain that is drawn like the contact's, and proved."""
        attacked = VICTIMS[name]
        signer = Signer(self.scene.names, attacked.domain.replace("i", "l"), self._rivals_key)
        sender = attacked.contact.replace(attacked.domain, signer.domain)
        self.scene.mail(signer.sign(self._fraud(name, sender)), sender)

    def ask_honestly(self, name: str) -> None:
        """The registered contact asks as the centre's rule says."""
        asking = VICTIMS[name]
        mail = request(asking.contact, asking.name, papers(asking.seed, asking.seed))
        self.scene.mail(self.own[name].sign(mail), asking.contact)

    def fraud(self, name: str) -> Case:
        """The fraud's case, as soon as it was judged complete."""
        sender = self.frauds[name]
        return self._queued(sender, proved=sender != VICTIMS[name].contact)

    def honest(self, name: str) -> Case:
        """The case of the contact's own request, as soon as it was judged complete."""
        return self._queued(VICTIMS[name].contact, proved=True)

    def approve(self, honest: Case) -> None:
        """Approve the contact's own request, about which nobody has to be asked."""
        for person in self.scene.people:
            if self.scene.now(honest).state is State.QUEUED:
                page = person.approve(honest.number)
                assert page.status == 200, page.words

    def unbound_by(self, name: str, case: Case) -> None:
        """Wait for the letter that the window carried the case out;
        it and no other ended the lock."""
        self.scene.letter(case.sender, "办理完毕", case.number)
        assert self.scene.lock_of(VICTIMS[name]).ended_by_case == case.id

    def _fraud(self, name: str, sender: str) -> bytes:
        """A request with the victim's public licence, an ID card of the rival's,
        and a drawn seal."""
        self.frauds[name] = sender
        attacked: Victim = VICTIMS[name]
        return request(sender, attacked.name, papers(attacked.seed, RIVALS_HANDLER))

    def _queued(self, sender: str, *, proved: bool) -> Case:
        def found() -> list[Case]:
            cases = self.scene.cases_of(sender)
            with self.scene.store.view() as tx:
                mails = tx.mails.summaries(cases)
            return [case for case in cases if bool(mails[case.id].unproved) is not proved]

        eventually(found, PATIENCE_S)
        (case,) = found()
        assert case.state is State.QUEUED, case.findings
        return case
