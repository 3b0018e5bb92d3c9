from tests.cases.conftest import harness  # noqa: F401  a fixture
from tests.store.conftest import store  # noqa: F401  a fixture
