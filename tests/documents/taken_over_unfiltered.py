"""The fork server with children that do what their file says and have given up no calls: what the namespaces alone hold."""

from mail_intake.documents.opening.own_limits import CallsGivenUp
from tests.documents.taken_over import as_server

if __name__ == "__main__":
    CallsGivenUp.give_up = lambda _self: None
    as_server()
