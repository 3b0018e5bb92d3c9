from tests.cases.conftest import harness  # noqa: F401  a fixture
