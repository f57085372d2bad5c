// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// A model on a TAP interface, in a network name space of its own; where that is not permitted the
// test says so and passes.

#include "../unit/catch.hpp"
#include "nicmodel/tap.hpp"
#include "rig.hpp"

#include <chrono>
#include <thread>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace rig;

namespace {

constexpr u32 our_ip = 0x0A63'0002, kernel_ip = 0x0A63'0001; // 10.99.0.x

bytes arp_request()
{
    bytes b = ether(broadcast, 0x0806);
    std::fill(b.begin() + 14, b.end(), u8{0});
    u8 *p = b.data() + 14;
    nm::put_be32(p, 0x0001'0800);
    nm::put_be32(p + 4, 0x0604'0001);
    std::memcpy(p + 8, mac_a.data(), 6);
    nm::put_be32(p + 14, our_ip);
    nm::put_be32(p + 24, kernel_ip);
    return b;
}

bool bring_up(const char *name)
{
    const int s = ::socket(AF_INET, SOCK_DGRAM, 0);
    ifreq r{};
    std::strncpy(r.ifr_name, name, sizeof r.ifr_name - 1);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(kernel_ip);
    std::memcpy(&r.ifr_addr, &address, sizeof address);
    bool good = ::ioctl(s, SIOCSIFADDR, &r) == 0;
    r.ifr_flags = IFF_UP | IFF_RUNNING;
    good = good && ::ioctl(s, SIOCSIFFLAGS, &r) == 0;
    ::close(s);
    return good;
}

enum class outcome { not_permitted, no_answer, answered };

outcome ask_the_kernel()
{
    nm::tap cable;
    if (::unshare(CLONE_NEWNET) != 0 || cable.open("nicmodel0") != 0 || !bring_up("nicmodel0"))
        return outcome::not_permitted;
    nm::options o;
    o.timing = nm::latencies::immediate();
    nm::lab l;
    port p{l, with_mac(0xA, o)};
    l.connect(p.device, cable);
    p.set(at::CTRL, 1u << 6);
    l.step(2'000'000);
    p.start_receive();
    p.start_transmit();
    p.send(arp_request());
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
    while (std::chrono::steady_clock::now() < end) {
        l.poll_once();
        const received r = p.take();
        if (r.done && nm::be16(r.data.data() + 12) == 0x0806 && nm::be16(r.data.data() + 20) == 2 &&
            nm::be32(r.data.data() + 28) == kernel_ip)
            return outcome::answered;
    }
    return outcome::no_answer;
}

} // namespace

TEST_CASE("tap: the kernel answers an ARP request that the model sent")
{
    outcome o = outcome::no_answer;
    std::thread{[&] { o = ask_the_kernel(); }}.join(); // a thread's name space ends with it
    if (o == outcome::not_permitted)
        WARN("no TAP interface here: needs CAP_NET_ADMIN, CAP_SYS_ADMIN and /dev/net/tun");
    CHECK(o != outcome::no_answer);
}
