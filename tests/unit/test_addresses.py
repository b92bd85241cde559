"""Which addresses may be asked."""

import pytest

from tracker.fetch.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "::10.0.0.1",
        "2002:0a00:0001::",
        "64:ff9b::a00:1",
        "64:ff9b:1::5db8:d70e",
        "168.63.129.16",
        "192.88.99.1",
        "2a00:1450::5efe:7f00:1",
        "not an address",
    ],
)
def test_addresses_inside_are_refused(address: str) -> None:
    """Private, local, shared and reserved ranges, and IPv6 forms that carry one."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_outside_may_be_asked(address: str) -> None:
    """What anybody on the internet could ask."""
    assert is_public(address)
