"""Versions are read as tools print them, ordered as releases are, and know what goes with what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.mesh import versions
from planner.mesh.versions import Version

NUMBERS = st.integers(0, 9999)
SUFFIXES = st.one_of(
    st.just(""),
    st.from_regex(r"-(alpha|beta|rc)(\.[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"\+[a-z0-9.]{1,12}", fullmatch=True),
    st.from_regex(r"-(gke|eks)\.[0-9]{1,4}", fullmatch=True),
)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, SUFFIXES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.31", Version(1, 31)),
        ("1.31.2", Version(1, 31, 2)),
        (" v1.33.1+k3s1\n", Version(1, 33, 1, "+k3s1")),
        ("1.30-alpha", Version(1, 30, 0, "-alpha")),
        ("v1.27+", Version(1, 27, 0, "+")),
        ("v1.29.3-eks-ae9a62a", Version(1, 29, 3, "-eks-ae9a62a")),
    ],
)
def test_parse(text: str, expected: Version) -> None:
    assert Version.parse(text) == expected


@pytest.mark.parametrize("text", ["", "1", "latest", "1.x", "1.2.3.4", "1.2 3", "-1.2", "1." + "9" * 30])
def test_parse_refuses_with_the_text_and_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a version: .*1\.31"):
        Version.parse(text)


@given(st.text())
def test_parse_gives_a_version_or_a_value_error(text: str) -> None:
    try:
        assert isinstance(Version.parse(text), Version)
    except ValueError as error:
        assert "not a version" in str(error)


@given(VERSIONS)
def test_text_and_version_are_the_same(version: Version) -> None:
    assert Version.parse(str(version)) == version


@given(VERSIONS, VERSIONS, VERSIONS)
def test_order_is_total(a: Version, b: Version, c: Version) -> None:
    assert (a < b) + (a == b) + (a > b) == 1
    if a <= b and b <= c:
        assert a <= c


def test_order_of_releases() -> None:
    ordered = ["1.9", "1.30-alpha", "1.30-beta", "1.30-rc.2", "1.30-rc.10", "1.30", "1.30.1-gke.5", "1.30.2", "1.31"]
    parsed = [Version.parse(text) for text in ordered]
    shuffled = parsed[::-1]
    assert sorted(shuffled) == parsed


def test_a_prerelease_has_what_its_line_has_but_comes_before_it() -> None:
    candidate = Version.parse("1.31.0-rc.0")
    assert candidate.at_least(1, 31)
    assert candidate < Version(1, 31)
    assert candidate.is_prerelease


@pytest.mark.parametrize("text", ["1.30.5-gke.1014001", "1.33.1+k3s1", "1.30.3-distroless", "1.31"])
def test_a_vendors_build_is_final(text: str) -> None:
    assert not Version.parse(text).is_prerelease


def test_defaults_are_versions_and_promised() -> None:
    assert versions.is_promised(Version.parse(versions.DEFAULT_ISTIO))
    assert Version.parse(versions.DEFAULT_KUBERNETES).at_least(1, 33)
    assert tuple(sorted(versions.PROMISED_ISTIO, key=Version.parse, reverse=True)) == versions.PROMISED_ISTIO
    assert not versions.is_promised(Version(1, 28, 3))


def test_default_pair_is_supported() -> None:
    span = versions.supported_kubernetes(Version.parse(versions.DEFAULT_ISTIO))
    assert span is not None
    assert span[0] <= Version.parse(versions.DEFAULT_KUBERNETES) <= span[1]


@pytest.mark.parametrize(("istio", "served"), [("1.31", "v1"), ("1.22.0", "v1"), ("1.21.9", "v1beta1")])
def test_api_versions(istio: str, served: str) -> None:
    assert versions.networking_api_version(Version.parse(istio)) == f"networking.istio.io/{served}"
    assert versions.security_api_version(Version.parse(istio)) == f"security.istio.io/{served}"


@pytest.mark.parametrize(
    ("istio", "low", "high"),
    [("1.31", 32, 36), ("1.30.3", 32, 36), ("1.29", 31, 35), ("1.22", 27, 30), ("1.18", 24, 27)],
)
def test_supported_kubernetes(istio: str, low: int, high: int) -> None:
    assert versions.supported_kubernetes(Version.parse(istio)) == (Version(1, low), Version(1, high))


def test_unknown_istio_gives_no_range() -> None:
    assert versions.supported_kubernetes(Version(1, 99)) is None
    assert versions.supported_kubernetes(Version(2, 31)) is None
    assert versions.minimum_kubernetes(Version(1, 10)) is None


def test_minimum_of_precheck() -> None:
    assert versions.minimum_kubernetes(Version(1, 29)) == Version(1, 30)
