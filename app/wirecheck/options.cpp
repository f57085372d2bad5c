// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "options.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <getopt.h>
#include <rte_ether.h>
#include <string_view>
#include <vector>

#include "report.hpp"

namespace wirecheck {
namespace {

constexpr std::uint32_t jumbo = 16'000; // above every gigabit NIC's limit, below an mbuf's 64 KiB
constexpr std::uint32_t seconds_limit = 86'400;

std::uint64_t parse_number(std::string_view digits, std::uint64_t min, std::uint64_t max)
{
    std::uint64_t value = 0;
    const char *const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc{} || rest != end || value < min || value > max)
        throw usage_error(text("'%.*s' is not a number from %" PRIu64 " to %" PRIu64,
                               static_cast<int>(digits.size()), digits.data(), min, max));
    return value;
}

template <auto Member, std::uint64_t Min, std::uint64_t Max>
void number(options &o, const char *argument)
{
    using value = std::remove_reference_t<decltype(o.*Member)>;
    static_assert(Max <= static_cast<value>(-1));
    o.*Member = static_cast<value>(parse_number(argument, Min, Max));
}

template <auto Member>
void flag(options &o, const char * /*none*/)
{
    o.*Member = true;
}

void sizes(options &o, const char *argument)
{
    const char *const dash = std::strchr(argument, '-');
    if (!dash)
        throw usage_error(text("'%s' is not two sizes A-B", argument));
    const auto length = static_cast<std::size_t>(dash - argument);
    // Below 60 the NIC pads, and what arrives is not what was sent.
    o.shortest = static_cast<std::uint32_t>(parse_number({argument, length}, 60, jumbo));
    o.longest = static_cast<std::uint32_t>(parse_number(dash + 1, o.shortest, jumbo));
}

void drop_excess(options &o, const char *argument)
{
    number<&options::drop_excess, 1, jumbo>(o, argument ? argument : "1");
}

struct row {
    const char *name;
    const char *argument; // nullptr: a switch; in brackets: optional
    void (*take)(options &, const char *);
    const char *help;
};

using o = options;
constexpr row rows[] = {
    {"frames", "N", number<&o::frames, 0, UINT64_MAX>, "both directions together (200000)"},
    {"sizes", "A-B", sizes, "L2 bytes without FCS (60-1514)"},
    {"mtu", "M", number<&o::mtu, RTE_ETHER_MIN_MTU, jumbo>, "(from the sizes, 1500 at least)"},
    {"mbuf-data", "BYTES", number<&o::mbuf_data, 64, jumbo>, "data room of RX mbufs (2048)"},
    {"segments", "N", number<&o::segments, 1, 32>, "mbufs per sent frame (1)"},
    {"window", "W", number<&o::window, 1, 4095>, "frames in flight per direction (128)"},
    {"burst", "B", number<&o::burst, 1, 256>, "frames per burst call (32)"},
    {"rxd", "N", number<&o::rxd, 8, 4096>, "RX descriptors (512)"},
    {"txd", "N", number<&o::txd, 8, 4096>, "TX descriptors (512)"},
    {"seed", "N", number<&o::seed, 0, UINT64_MAX>, "of sizes and contents (1)"},
    {"one-way", nullptr, flag<&o::one_way>, "first port to second only"},
    {"restart-every", "K", number<&o::restart_every, 1, UINT64_MAX>,
     "stop and start both ports after every K frames"},
    {"cycles", "C", number<&o::cycles, 0, 1'000'000>, "stop, start, a few frames: C times"},
    {"rate-seconds", "S", number<&o::rate_seconds, 1, seconds_limit>,
     "instead of checking contents: frames per second"},
    {"drop-test", "[=BYTES]", drop_excess, "frames BYTES (1) above the MTU must not arrive"},
    {"filter-test", nullptr, flag<&o::filter_test>, "unicast, multicast, broadcast filters"},
    {"link-events", "S", number<&o::link_event_seconds, 1, seconds_limit>,
     "before the frames: print link interrupts for S seconds"},
    {"json", nullptr, flag<&o::json>, "the result as a line of JSON as well"},
    {"help", nullptr, flag<&o::help>, "this text"},
};

void take(options &result, const row &r, const char *argument)
{
    try {
        r.take(result, argument);
    } catch (const usage_error &error) {
        throw usage_error(text("--%s: %s", r.name, error.what()));
    }
}

/// What one option alone cannot know.
void agree(options &result)
{
    if (result.mtu == 0)
        result.mtu = std::max<std::uint32_t>(RTE_ETHER_MTU, result.longest - RTE_ETHER_HDR_LEN);
    if (result.longest > result.mtu + RTE_ETHER_HDR_LEN)
        throw usage_error(
            text("--sizes: %u bytes do not fit the MTU %u", result.longest, result.mtu));
    // A filled RX ring drops: in QEMU without counting.
    const std::uint32_t bearable = (result.rxd - 1U) / result.rx_segments();
    const std::uint32_t limit = std::min<std::uint32_t>(bearable, result.txd - 1U);
    if (limit == 0 || result.window > limit)
        throw usage_error(text("--window: at most %u frames of %u RX and %u TX descriptors", limit,
                               result.rxd, result.txd));
    // Half the ring by default, because drivers give descriptors back in batches.
    if (result.window == 0)
        result.window = static_cast<std::uint16_t>(std::clamp(limit / 2, 1U, 128U));
}

} // namespace

std::uint32_t options::rx_segments() const noexcept
{
    const std::uint32_t usable = std::bit_floor(mbuf_data); // e1000 buffers are powers of two
    return (longest + RTE_ETHER_CRC_LEN + usable - 1) / usable;
}

std::uint32_t options::longest_sent() const noexcept
{
    return drop_excess ? mtu + RTE_ETHER_HDR_LEN + drop_excess : longest;
}

options parse(int argc, char **argv)
{
    std::vector<option> known;
    for (const row &r : rows) {
        const int optional = r.argument && *r.argument == '[';
        const int has = !r.argument ? no_argument
                        : optional  ? optional_argument
                                    : required_argument;
        known.push_back({r.name, has, nullptr, 0});
    }
    known.push_back({});

    options result;
    int index = 0;
    for (int found; (found = getopt_long(argc, argv, "", known.data(), &index)) != -1;) {
        if (found != 0) // getopt has said which
            throw usage_error("see --help");
        take(result, rows[index], optarg);
    }
    if (optind != argc)
        throw usage_error(text("'%s' is no option", argv[optind]));
    agree(result);
    return result;
}

void print_help()
{
    std::printf("usage: miniport-wirecheck [EAL options] -- [options]\n");
    for (const row &r : rows) {
        const char *const argument = r.argument ? r.argument : "";
        const int width = 18 - static_cast<int>(std::strlen(r.name));
        std::printf("  --%s %-*s %s\n", r.name, width, argument, r.help);
    }
}

} // namespace wirecheck
