// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "check.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <rte_cycles.h>
#include <utility>

namespace wirecheck {

volatile std::sig_atomic_t interrupted = 0;

namespace {

constexpr double lost_after = 2.0;  // seconds
constexpr double silence_for = 0.1; // seconds in which nothing more may come
constexpr unsigned frames_a_cycle = 128;
constexpr unsigned oversize_probes = 32;
constexpr unsigned address_probes = 47; // the bits of a MAC address but the multicast bit

double seconds_since(std::uint64_t cycles) noexcept
{
    return static_cast<double>(rte_get_timer_cycles() - cycles) /
           static_cast<double>(rte_get_timer_hz());
}

void check_interrupt()
{
    if (interrupted)
        throw failure("interrupted");
}

/// The address with one bit turned: an exact filter has to see each of them.
rte_ether_addr stranger(rte_ether_addr address, unsigned number) noexcept
{
    const unsigned bit = 1 + number % address_probes; // bit 0 of byte 0 says multicast
    address.addr_bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    return address;
}

rte_ether_addr own(rte_ether_addr address, unsigned /*number*/) noexcept
{
    return address;
}

rte_ether_addr multicast(rte_ether_addr /*receiver*/, unsigned number) noexcept
{
    return {{0x01, 0x00, 0x5e, 0x00, 0x00, static_cast<std::uint8_t>(number)}};
}

rte_ether_addr broadcast(rte_ether_addr /*receiver*/, unsigned /*number*/) noexcept
{
    return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
}

void set_filter(const port &p, int (*operation)(std::uint16_t), const char *name)
{
    if (operation(p.id()) != 0)
        throw failure(text("port %u refuses %s", p.id(), name));
}

} // namespace

/// Frames of which all or none must arrive.
struct wire::probe {
    const char *name;
    rte_ether_addr (*destination)(rte_ether_addr receiver, unsigned number);
    unsigned count;
    bool arrives;
    std::uint32_t length = 0; // 0: all lengths
};

flow::flow(std::uint16_t number, port &sender, port &receiver, rte_mempool *tx_pool,
           std::size_t burst)
    : direction(number)
    , from(sender)
    , to(receiver)
    , pool(tx_pool)
    , outgoing(burst)
    , incoming(burst)
{}

wire::wire(const options &o, port &first, port &second, rte_mempool *tx_pool, report &result)
    : options_(o)
    , report_(result)
    , frames_(o.seed, o.shortest, o.longest, o.longest_sent())
    , flows_{flow{0, first, second, tx_pool, o.burst}, flow{1, second, first, tx_pool, o.burst}}
{}

void wire::check()
{
    if (options_.link_event_seconds > 0)
        watch_link();
    if (options_.filter_test)
        filter_test();
    if (options_.drop_excess > 0)
        drop_test();
    if (options_.rate_seconds > 0)
        rate();
    else
        carry_all();
    cycles();
    expect_silence();
}

void wire::watch_link()
{
    const std::uint64_t start = rte_get_timer_cycles();
    while (seconds_since(start) < options_.link_event_seconds) {
        check_interrupt();
        rte_delay_us_sleep(10'000);
    }
    for (const flow &f : flows_)
        f.from.wait_for_link();
}

void wire::carry_all()
{
    const std::uint64_t round = options_.restart_every ? options_.restart_every : options_.frames;
    for (std::uint64_t left = options_.frames; left > 0;) {
        const std::uint64_t now = std::min(left, round);
        carry(now);
        left -= now;
        if (left > 0)
            restart();
    }
}

void wire::cycles()
{
    for (std::uint32_t cycle = 0; cycle < options_.cycles; ++cycle) {
        restart();
        carry(frames_a_cycle);
    }
}

void wire::restart()
{
    expect_silence();
    for (const flow &f : flows_)
        f.from.stop();
    for (const flow &f : flows_)
        f.from.start();
    for (const flow &f : flows_)
        f.from.wait_for_link();
}

void wire::carry(std::uint64_t both_directions)
{
    const std::uint64_t back = options_.one_way ? 0 : both_directions / 2;
    flows_[0].goal += both_directions - back;
    flows_[1].goal += back;
    const std::uint64_t start = rte_get_timer_cycles();
    while (!all_done())
        pump(frames::extent::whole);
    report_.carried(std::exchange(carried_, {}), seconds_since(start));
}

void wire::rate()
{
    flows_[0].goal = std::numeric_limits<std::uint64_t>::max();
    flows_[1].goal = options_.one_way ? flows_[1].drawn : flows_[0].goal;
    const std::uint64_t start = rte_get_timer_cycles();
    while (seconds_since(start) < options_.rate_seconds)
        pump(frames::extent::headers_only);
    const double seconds = seconds_since(start);
    for (flow &f : flows_) {
        std::printf("rate: port %u to %u: %.0f frames/s\n", f.from.id(), f.to.id(),
                    static_cast<double>(f.received) / seconds);
        f.goal = f.drawn;
    }
    while (!all_done())
        pump(frames::extent::headers_only);
    report_.carried(std::exchange(carried_, {}), seconds_since(start));
}

void wire::pump(frames::extent extent)
{
    check_interrupt();
    for (flow &f : flows_) {
        fill(f, extent);
        drain(f, extent);
        check_deadline(f);
    }
}

/// Draws a burst as far as goal and window allow, and offers it until the driver has taken it.
void wire::fill(flow &f, frames::extent extent)
{
    if (f.in_flight() == 0)
        f.last_progress = rte_get_timer_cycles();
    if (f.outgoing.rest().empty()) {
        const std::uint64_t most =
            std::min<std::uint64_t>(f.goal - f.drawn, options_.window - f.in_flight());
        const std::size_t count = std::min<std::uint64_t>(most, options_.burst);
        f.outgoing.filled(0);
        for (std::size_t i = 0; i < count; ++i) {
            const frame_id id{f.direction, f.drawn, frames_.length(f.drawn)};
            const auto bytes = frames_.draw(id, f.to.address(), f.from.address(), extent);
            rte_mbuf *const frame = frames::pack(bytes, options_.segments, f.pool);
            if (!frame)
                throw failure("the TX pool is empty: the drivers keep mbufs");
            f.outgoing.room()[i] = frame;
            f.outgoing.filled(i + 1);
            ++f.drawn;
        }
    }
    if (!f.outgoing.rest().empty())
        f.outgoing.handed_on(f.from.send(f.outgoing.rest()));
}

void wire::drain(flow &f, frames::extent extent)
{
    const auto arrived = f.to.receive(f.incoming.room());
    f.incoming.filled(arrived.size());
    for (const rte_mbuf *frame : arrived) {
        frame_id id;
        if (!identify(*frame, id))
            continue;
        if (extent == frames::extent::whole)
            check_frame(f, *frame);
        carried_.add(frame->pkt_len);
        ++f.received;
        f.last_progress = rte_get_timer_cycles();
    }
    f.incoming.clear();
}

void wire::check_frame(const flow &f, const rte_mbuf &frame)
{
    inspect(frame, f.to.id());
    frame_id id;
    static_cast<void>(identify(frame, id));
    const std::uint16_t port = f.to.id();
    if (id.direction != f.direction)
        throw failure(text("port %u: frame %" PRIu64 " of the other direction", port, id.sequence));
    if (id.sequence != f.received)
        throw failure(text("port %u: frame %" PRIu64 " came where %" PRIu64 " was to come: %s",
                           port, id.sequence, f.received,
                           id.sequence < f.received ? "twice or late" : "lost or overtaken"));
    const std::uint32_t length = frames_.length(f.received);
    if (frame.pkt_len != length)
        throw failure(text("port %u: frame %" PRIu64 " has %u bytes instead of %u", port,
                           f.received, frame.pkt_len, length));
    const auto bytes =
        frames_.draw({f.direction, f.received, length}, f.to.address(), f.from.address());
    if (const std::uint32_t at = compare(frame, bytes); at != length)
        throw failure(text("port %u: frame %" PRIu64 ", %u bytes in %u segments: byte %u is wrong",
                           port, f.received, length, frame.nb_segs, at));
}

void wire::check_deadline(const flow &f)
{
    if (f.in_flight() > 0 && seconds_since(f.last_progress) > lost_after)
        throw failure(text("port %u: frame %" PRIu64 " did not come within %.0f s; %" PRIu64
                           " in flight, of which port %u has not taken %zu",
                           f.to.id(), f.received, lost_after, f.in_flight(), f.from.id(),
                           f.outgoing.size()));
}

/// Whatever still comes is a frame too many, and fails as such.
void wire::expect_silence()
{
    const std::uint64_t start = rte_get_timer_cycles();
    while (seconds_since(start) < silence_for) {
        check_interrupt();
        for (flow &f : flows_)
            drain(f, frames::extent::whole);
    }
}

void wire::filter_test()
{
    const auto all = [](int (*operation)(std::uint16_t), const char *name, flow &f) {
        set_filter(f.to, operation, name);
    };
    for (flow &f : flows_) {
        all(rte_eth_promiscuous_disable, "promiscuous off", f);
        all(rte_eth_allmulticast_disable, "allmulticast off", f);
        expect(f, {"own unicast", own, address_probes, true});
        expect(f, {"foreign unicast", stranger, address_probes, false});
        expect(f, {"broadcast", broadcast, address_probes, true});
        expect(f, {"multicast", multicast, address_probes, false});
        all(rte_eth_allmulticast_enable, "allmulticast on", f);
        expect(f, {"multicast, allmulticast on", multicast, address_probes, true});
        expect(f, {"foreign unicast, allmulticast on", stranger, address_probes, false});
        all(rte_eth_allmulticast_disable, "allmulticast off", f);
        all(rte_eth_promiscuous_enable, "promiscuous on", f);
        expect(f, {"foreign unicast, promiscuous on", stranger, address_probes, true});
        expect(f, {"multicast, promiscuous on", multicast, address_probes, true});
        all(rte_eth_promiscuous_disable, "promiscuous off", f);
        expect(f, {"foreign unicast, promiscuous off again", stranger, address_probes, false});
        if (options_.one_way)
            return;
    }
}

void wire::drop_test()
{
    expect(flows_[0], {"above the MTU", own, oversize_probes, false, options_.longest_sent()});
}

void wire::expect(flow &f, const probe &p)
{
    unsigned sent = 0;
    unsigned arrived = 0;
    std::uint64_t last_progress = rte_get_timer_cycles();
    const double patience = p.arrives ? lost_after : silence_for;
    while (seconds_since(last_progress) < patience && !(p.arrives && arrived == p.count)) {
        check_interrupt();
        const bool room = !p.arrives || sent - arrived < options_.window;
        const bool went = sent < p.count && room && send_probe(f, p, sent);
        const unsigned came = receive_probes(f, p, arrived);
        sent += went;
        arrived += came;
        if (went || came > 0)
            last_progress = rte_get_timer_cycles();
    }
    probe_base_ += p.count;
    std::printf("probe: %s: port %u sent %u, port %u received %u\n", p.name, f.from.id(), sent,
                f.to.id(), arrived);
    const unsigned wanted = p.arrives ? p.count : 0;
    if (sent != p.count || arrived != wanted)
        throw failure(text("port %u: %s: %u of %u sent, %u instead of %u arrived", f.to.id(),
                           p.name, sent, p.count, arrived, wanted));
}

bool wire::send_probe(flow &f, const probe &p, unsigned number)
{
    const std::uint64_t sequence = probe_base_ + number;
    const frame_id id{f.direction, sequence, p.length ? p.length : frames_.length(sequence)};
    const auto bytes = frames_.draw(id, p.destination(f.to.address(), number), f.from.address());
    rte_mbuf *frame = frames::pack(bytes, options_.segments, f.pool);
    if (!frame)
        throw failure("the TX pool is empty: the drivers keep mbufs");
    if (f.from.send({&frame, 1}) == 1)
        return true;
    rte_pktmbuf_free(frame);
    return false;
}

unsigned wire::receive_probes(flow &f, const probe &p, unsigned arrived)
{
    unsigned came = 0;
    const auto burst = f.to.receive(f.incoming.room());
    f.incoming.filled(burst.size());
    for (const rte_mbuf *frame : burst) {
        frame_id id;
        if (!identify(*frame, id))
            continue;
        inspect(*frame, f.to.id());
        const auto number = static_cast<unsigned>(id.sequence - probe_base_);
        if (id.sequence < probe_base_ || (p.arrives && number != arrived + came))
            throw failure(text("port %u: %s: a late, lost or overtaken frame", f.to.id(), p.name));
        const auto bytes =
            frames_.draw(id, p.destination(f.to.address(), number), f.from.address());
        if (frame->pkt_len != id.length || compare(*frame, bytes) != id.length)
            throw failure(text("port %u: %s: frame %u is not as sent", f.to.id(), p.name, number));
        ++came;
    }
    f.incoming.clear();
    return came;
}

} // namespace wirecheck
