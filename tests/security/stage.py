"""The people of the scenes: enterprises whose registered contacts ask honestly, and rivals who ask in their names."""

from itertools import count

from core.cases.case import Case, State
from tests.app.running import eventually
from tests.security.people import Signer, Victim, papers, request, victim
from tests.security.scene import PATIENCE_S, Scene

FORGED = ("pass", "fail", "none", "permerror", "temperror")
STRANGER, LOOK_ALIKE, COMPETING, REPLAYED, FLOODED = "stranger", "look-alike", "competing", "replayed", "flooded"
BESIDE, WAITING, AGENT = "beside", "waiting", "agent"
SCENES = (*FORGED, STRANGER, LOOK_ALIKE, COMPETING, REPLAYED, FLOODED, BESIDE, WAITING, AGENT)
VICTIMS = {name: victim(seed) for name, seed in zip(SCENES, count(601), strict=False)}
FRAUDULENT_HANDLER = 900


class Stage:
    """The scene with its people. `own`: what signs for each victim's domain."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.own = {name: Signer(scene.names, one.domain) for name, one in VICTIMS.items()}
        self.rival = Signer(scene.names, "rival.example")

    def forge(self, name: str, verdict: str) -> str:
        """Ask in the registered contact's name, from a domain of the rival's of which the centre's server finds this verdict. The From."""
        attacked, names, domain = VICTIMS[name], self.scene.names, f"{verdict}.{name}.example"
        mail = fraud(attacked, attacked.contact)
        match verdict:
            case "pass":
                mail = Signer(names, domain).sign(mail)
            case "fail":
                mail = Signer(names, domain, b"v=spf1 -all").sign(mail) + b"P.S.\r\n"
            case "permerror":
                names.texts[domain] = b"v=spf1 what:ever -all"
            case "temperror":
                mail = Signer(names, domain).sign(mail)
                names.broken.add(domain)
        self.scene.by_exchanger(mail, f"bounces@{domain}")
        return attacked.contact

    def ask_as_stranger(self, name: str) -> str:
        """Ask from an address of one's own, which its signature proves. The From."""
        sender = f"{name}@rival.example"
        self.scene.mail(self.rival.sign(fraud(VICTIMS[name], sender)), sender)
        return sender

    def ask_from_look_alike(self, name: str) -> str:
        """Ask from a domain that is drawn like the contact's. The From."""
        attacked = VICTIMS[name]
        signer = Signer(self.scene.names, attacked.domain.replace("i", "l"))
        sender = attacked.contact.replace(attacked.domain, signer.domain)
        self.scene.mail(signer.sign(fraud(attacked, sender)), sender)
        return sender

    def ask_honestly(self, name: str) -> Case:
        """The registered contact asks as the centre's rule says; its case."""
        asking = VICTIMS[name]
        mail = request(asking.contact, asking.name, papers(asking.seed, asking.seed))
        self.scene.mail(self.own[name].sign(mail), asking.contact)
        eventually(lambda: self._proved(asking), PATIENCE_S)
        (case,) = self._proved(asking)
        assert case.state is State.QUEUED
        return case

    def carry_out(self, name: str, honest: Case) -> None:
        """Approve the contact's own request, about which nobody has to be asked, and wait until the window carried it out."""
        for person in self.scene.people:
            if self.scene.now(honest).state is State.QUEUED:
                page = person.approve(honest.number)
                assert page.status == 200, page.words
        self.unbound_by(name, honest)

    def unbound_by(self, name: str, case: Case) -> None:
        """Wait for the letter that the case was carried out; it and no other ended the lock."""
        self.scene.letter(case.sender, "办理完毕", case.number)
        assert self.scene.lock_of(VICTIMS[name]).ended_by_case == case.id

    def _proved(self, asking: Victim) -> list[Case]:
        """The contact's cases of which each mail is proved."""
        cases = self.scene.cases_of(asking.contact)
        with self.scene.store.view() as tx:
            mails = tx.mails.summaries([case.id for case in cases])
        return [case for case in cases if not mails[case.id].unproved]


def fraud(attacked: Victim, sender: str) -> bytes:
    """A request with the victim's public licence, an ID card of the rival's, and a drawn seal."""
    return request(sender, attacked.name, papers(attacked.seed, FRAUDULENT_HANDLER))
