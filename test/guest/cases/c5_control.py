# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 Miniport contributors
"""Link, filters and addresses at run time, seen through testpmd."""

import sys
import time

from harness import PROJECT, case, expect
from programs import Testpmd, check_lossless

sys.path.insert(0, str(PROJECT / "usertools/lib"))
import qmp


@case()
def link_events():
    """The cable pulled and put back, 3 times: an event each time, the right link status, and traffic afterwards."""
    waited = []
    with Testpmd() as testpmd, qmp.Qmp() as machine:
        testpmd.wait_for_links()
        time.sleep(0.5)                      # the events of the start are over
        testpmd.command("show port summary all")
        testpmd.events.clear()
        try:
            for _ in range(3):
                for up in (False, True):
                    machine.execute("set_link", name="nic0", up=up)
                    waited.append(testpmd.wait_for_event(0, "link state change"))
                    status = testpmd.info(0)["Link status"]
                    expect(status == ("up" if up else "down"), f"link {status} though the cable is {up}")
        finally:
            machine.execute("set_link", name="nic0", up=True)
        testpmd.wait_for_links()
        count = check_lossless(*testpmd.forward(0.5))
    return f"down after {max(waited[::2]):.2f} s, up after {max(waited[1::2]):.2f} s; {count} packets afterwards"


@case()
def link_without_interrupt():
    """With --no-lsc-interrupt the link status is right all the same, by asking."""
    with Testpmd("--no-lsc-interrupt") as testpmd, qmp.Qmp() as machine:
        testpmd.wait_for_links()
        try:
            machine.execute("set_link", name="nic0", up=False)
            time.sleep(0.2)
            down = testpmd.info(0)["Link status"]
        finally:
            machine.execute("set_link", name="nic0", up=True)
        expect(down == "down", f"link {down} without cable")
        testpmd.wait_for_links()
        info = testpmd.info(0)
        expect(info["Link speed"] == "1 Gbps" and info["Link duplex"] == "full-duplex", f"{info}")
        count = check_lossless(*testpmd.forward(0.3))
    return f"down, then up with {info['Link speed']}; {count} packets"


@case()
def promiscuous():
    """promisc and allmulti on and off show in port info, and a restart keeps them."""
    with Testpmd() as testpmd:
        for command, label in (("promisc", "Promiscuous mode"), ("allmulti", "Allmulticast mode")):
            for word, shown in (("off", "disabled"), ("on", "enabled"), ("off", "disabled")):
                testpmd.command(f"set {command} all {word}")
                for port in range(2):
                    seen = testpmd.info(port)[label]
                    expect(seen == shown, f"set {command} all {word}: port {port} shows {seen}")
        testpmd.command("set allmulti 0 on")
        testpmd.command("port stop all")
        testpmd.command("port start all")
        info = testpmd.info(0)
        expect(info["Promiscuous mode"] == "disabled" and info["Allmulticast mode"] == "enabled", f"{info}")
    return "as set, after a restart too"


@case()
def filters():
    """A port takes what is for its address, added ones too, and the rest only while promiscuous."""
    address, seen = "02:00:00:00:00:00", {}    # what port 0 sends to, see "show config fwd"
    with Testpmd("--forward-mode=rxonly") as testpmd:
        testpmd.wait_for_links()
        for command, expected in (
                ("set promisc all on", 32), ("set promisc all off", 0), (f"mac_addr add 1 {address}", 32),
                (f"mac_addr remove 1 {address}", 0), (f"mac_addr set 1 {address}", 32)):
            testpmd.command(command)
            _, stats = testpmd.forward(0.3, "start tx_first 1")
            seen[command] = stats[1]["RX-packets"]
            expect(seen[command] == expected, f"{seen[command]} packets, not {expected}, after \"{command}\"")
    return f"{list(seen.values())} of 32 packets"


@case()
def addresses():
    """mac_addr set, add, remove show in port info and the list of addresses; nonsense is refused."""
    first, second = "02:00:00:00:00:0A", "02:00:00:00:00:0B"
    with Testpmd() as testpmd:
        most = int(testpmd.info(0)["Maximum number of MAC addresses"])
        testpmd.command(f"mac_addr set 0 {first}")
        expect(testpmd.info(0)["MAC address"] == first, f"{testpmd.info(0)['MAC address']} after set")
        testpmd.command(f"mac_addr add 0 {second}")
        expect(second in testpmd.command("show port 0 macs"), f"{second} not listed after add")
        testpmd.command(f"mac_addr remove 0 {second}")
        expect(second not in testpmd.command("show port 0 macs"), f"{second} still listed after remove")
        for wrong in ("00:00:00:00:00:00", "01:00:5E:00:00:01", "FF:FF:FF:FF:FF:FF"):
            testpmd.command(f"mac_addr set 0 {wrong}")
            expect(testpmd.info(0)["MAC address"] == first, f"mac_addr set took {wrong}")
        for number in range(1, most):
            said = testpmd.command(f"mac_addr add 0 02:00:00:00:01:{number:02X}")
            expect("error" not in said, f"address {number + 1} of {most}: {said.strip()}")
        said = testpmd.command("mac_addr add 0 02:00:00:00:02:00")
        expect("mac_addr_cmd error" in said, f"address {most + 1} of {most}: {said.strip() or 'accepted'}")
        testpmd.command("port stop all")
        testpmd.command("port start all")
        expect(testpmd.info(0)["MAC address"] == first, "the address did not survive a restart")
        testpmd.wait_for_links()
        count = check_lossless(*testpmd.forward(0.3))
    return f"{most} addresses, {count} packets"
