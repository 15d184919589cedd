"""Property tests here are deterministic and have no time limit: the machine may be busy, the law stays the same."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "mesh", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("mesh")
