// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// The driver's own chip code, brought up on the model: what one believes of the 82574L, the other
// must do.

#include <algorithm>
#include <optional>

#include "../unit/catch.hpp"
#include "hw/chip_82574.hpp"
#include "hw/desc_82574.hpp"
#include "hw/doorbell.hpp"
#include "hw/phy.hpp"
#include "rig.hpp"

using namespace miniport;
using rig::nm::fault;
namespace chip = hw::chip_82574;

namespace {

constexpr std::uint16_t ring = 64, buffer = 2048;

/// One adapter as the driver has it: registers by back-end number, rings of slots.
class adapter {
public:
    adapter(rig::nm::lab &l, std::uint8_t number, const rig::nm::options &o)
        : device{l, o}, number_{number}
    {
        hw::io::backends[number] = &device;
        regs = hw::registers{hw::io{number}};
    }
    ~adapter() { hw::io::backends[number_] = nullptr; }

    status up()
    {
        if (const status s = chip::quiesce(regs); failed(s))
            return s;
        if (const status s = chip::reset(regs); failed(s))
            return s;
        hw::nvm_image nvm{};
        if (const status s = hw::read_nvm(regs, nvm); failed(s))
            return s;
        checksum_right = hw::checksum_valid(nvm);
        mac = hw::mac_of(nvm);
        return chip::init(regs, mac);
    }
    status start(bool long_packets = false, chip::receive_filter filter = {})
    {
        if (const status s = chip::start_transmit(regs, {rig::iova(tx.data()), ring}); failed(s))
            return s;
        for (unsigned i = 0; i < ring; ++i)
            rx[i].post(hw::rx_post{rig::iova(rx_data[i].data())});
        if (const status s = chip::start_receive(regs, {rig::iova(rx.data()), ring}, buffer,
                                                 long_packets, filter);
            failed(s))
            return s;
        rx_bell = hw::doorbell{regs.io().doorbell(0x2818)};
        tx_bell = hw::doorbell{regs.io().doorbell(0x3818)};
        tx_next = rx_next = 0;
        rx_bell.ring(ring - 1);
        return status::ok;
    }
    void send(const rig::bytes &b)
    {
        std::memcpy(tx_data[tx_next].data(), b.data(), b.size());
        using hw::tx_command;
        const auto command = tx_command::DTALEN(static_cast<std::uint32_t>(b.size())) |
                             tx_command::DTYP(1) | tx_command::EOP(true) | tx_command::IFCS(true) |
                             tx_command::RS(true) | tx_command::DEXT(true);
        tx[tx_next].post(hw::tx_post{rig::iova(tx_data[tx_next].data()), command.value});
        tx_next = static_cast<std::uint16_t>((tx_next + 1) % ring);
        tx_bell.ring(tx_next);
    }
    std::optional<rig::bytes> take()
    {
        hw::rx_done done{};
        if (!rx[rx_next].take(done))
            return {};
        const auto *p = rx_data[rx_next].data();
        rig::bytes b(p, p + std::uint16_t{done.length});
        last_status = done.status;
        rx[rx_next].post(hw::rx_post{rig::iova(p)});
        rx_bell.ring(rx_next);
        rx_next = static_cast<std::uint16_t>((rx_next + 1) % ring);
        return b;
    }

    rig::nm::model device;
    hw::registers regs;
    hw::mac_address mac{};
    bool checksum_right = false;
    std::uint32_t last_status = 0;
    alignas(128) std::array<hw::slot, ring> rx{}, tx{};
    std::array<std::array<std::uint8_t, buffer>, ring> rx_data{}, tx_data{};
    hw::doorbell rx_bell, tx_bell;
    std::uint16_t tx_next = 0, rx_next = 0;

private:
    std::uint8_t number_;
};

struct two {
    explicit two(const rig::nm::latencies &t = {})
    {
        rig::nm::options o;
        o.timing = t;
        a = std::make_unique<adapter>(l, std::uint8_t{41}, rig::with_mac(0xA, o));
        b = std::make_unique<adapter>(l, std::uint8_t{42}, rig::with_mac(0xB, o));
        l.connect(a->device, b->device);
    }
    void up()
    {
        REQUIRE(a->up() == status::ok);
        REQUIRE(b->up() == status::ok);
        l.step(3'000'000'000);
    }
    rig::nm::lab l;
    std::unique_ptr<adapter> a, b;
};

} // namespace

TEST_CASE("driver: bring-up, frames both ways, stop")
{
    two p;
    p.up();
    CHECK(p.a->checksum_right);
    CHECK(p.a->mac == hw::mac_address{0x02, 0x4D, 0x50, 0, 0, 0xA});
    chip::link_state link;
    REQUIRE(chip::read_link(p.a->regs, link));
    CHECK(link.up);
    CHECK(link.full_duplex);
    CHECK(link.mbps == 1000);
    REQUIRE(p.a->start() == status::ok);
    REQUIRE(p.b->start() == status::ok);
    for (std::uint32_t i = 0; i < 300; ++i) {
        const auto frame = rig::ether(rig::mac_b, 0x1000 + i, 60 + i * 4 % 1400);
        p.a->send(frame);
        p.l.step(50'000);
        const auto got = p.b->take();
        REQUIRE(got);
        REQUIRE(*got == frame);
        auto back = frame;
        std::swap_ranges(back.begin(), back.begin() + 6, back.begin() + 6);
        p.b->send(back);
        p.l.step(50'000);
        const auto answer = p.a->take();
        REQUIRE(answer);
        REQUIRE(*answer == back);
    }
    CHECK(p.a->tx[0].sent());
    const auto counted = p.a->device.counted();
    CHECK(counted.unknown_reads == 0); // the driver uses no register that the chip lacks
    CHECK(counted.unknown_writes == 0);
    CHECK(counted.mdic_without_ownership == 0);
    CHECK(p.a->device.iommu_faults() == 0);
    CHECK(p.a->device.transmit_hang() == rig::nm::hang::none);

    chip::stop_receive(p.b->regs);
    chip::stop_transmit(p.b->regs);
    CHECK(chip::drain_dma(p.b->regs) == status::ok);
    p.a->send(rig::ether(rig::mac_b, 1));
    p.l.step(1'000'000);
    CHECK_FALSE(p.b->take());
}

TEST_CASE("driver: filters")
{
    two p;
    p.up();
    REQUIRE(p.a->start() == status::ok);
    REQUIRE(p.b->start() == status::ok);
    const std::array<std::uint8_t, 6> other{0x02, 1, 2, 3, 4, 5}, group{0x01, 0, 0x5E, 0, 0, 1};
    auto arrives = [&](const std::array<std::uint8_t, 6> &to) {
        p.a->send(rig::ether(to, 0x88B5));
        p.l.step(50'000);
        return p.b->take().has_value();
    };
    CHECK(arrives(rig::mac_b));
    CHECK(arrives(rig::broadcast));
    CHECK_FALSE(arrives(other));
    CHECK_FALSE(arrives(group));
    chip::set_filter(p.b->regs, {.all_multicast = true});
    CHECK(arrives(group));
    CHECK_FALSE(arrives(other));
    chip::set_filter(p.b->regs, {.promiscuous = true});
    CHECK(arrives(other));
    chip::set_filter(p.b->regs, {});
    chip::set_mac(p.b->regs, 3, other);
    CHECK(arrives(other));
    chip::clear_mac(p.b->regs, 3);
    CHECK_FALSE(arrives(other));
}

TEST_CASE("driver: link interrupt by message and by MSI-X")
{
    for (const bool msi_x : {false, true}) {
        two p;
        unsigned told = 0;
        p.a->device.interrupts_to(
            msi_x ? rig::nm::interrupt_kind::msi_x : rig::nm::interrupt_kind::msi,
            [](void *n, unsigned) { ++*static_cast<unsigned *>(n); }, &told);
        REQUIRE(p.a->up() == status::ok);
        chip::unmask_link_interrupt(p.a->regs, msi_x ? chip::interrupt_mode::msi_x
                                                     : chip::interrupt_mode::message_or_pin);
        CHECK(told == 0);
        REQUIRE(p.b->up() == status::ok);
        p.l.step(3'000'000'000);
        CHECK(told == 1);
        CHECK(chip::acknowledge_interrupt(p.a->regs));
        CHECK_FALSE(chip::acknowledge_interrupt(p.a->regs));
        p.b->device.fault().set(fault::link_down, 1);
        p.l.step(1'000'000);
        CHECK(told == 2);
        CHECK(chip::acknowledge_interrupt(p.a->regs));
        chip::mask_interrupts(p.a->regs);
        p.b->device.fault().set(fault::link_down, 0);
        p.l.step(3'000'000'000);
        CHECK(told == 2);
    }
}

TEST_CASE("driver: a device that somebody else left running")
{
    two p;
    p.up();
    REQUIRE(p.b->start() == status::ok);
    REQUIRE(p.a->start() == status::ok);
    p.a->send(rig::ether(rig::mac_b, 1));
    CHECK(chip::quiesce(p.b->regs) == status::ok); // with a frame on its way
    p.l.step(1'000'000);
    const auto written = p.b->device.counted().descriptors_written;
    p.a->send(rig::ether(rig::mac_b, 1));
    p.l.step(1'000'000);
    CHECK(p.b->device.counted().descriptors_written == written);
    REQUIRE(p.b->up() == status::ok);
    p.l.step(3'000'000'000);
    REQUIRE(p.b->start() == status::ok);
    p.a->send(rig::ether(rig::mac_b, 2));
    p.l.step(1'000'000);
    CHECK(p.b->take());
}

TEST_CASE("driver: faults of the bring-up end in a status, in bounded time")
{
    struct row {
        fault f;
        rig::nm::u64 value;
        status expected;
    };
    const row rows[] = {
        {fault::removed, 1, status::removed},
        {fault::dead, 1, status::timed_out},
        {fault::reset_never_ends, 1, status::timed_out},
        {fault::auto_read_never, 1, status::timed_out},
        {fault::eerd_never, 1, status::timed_out},
        {fault::mdic_never, 1, status::timed_out},
        {fault::mdic_error, ~rig::nm::u64{0}, status::io_error},
        {fault::mdic_error, 2, status::ok}, // single errors are retried
        {fault::semaphore_stuck, 1, status::timed_out},
    };
    for (const row &r : rows) {
        INFO(rig::nm::name_of(r.f) << " " << r.value);
        two p;
        p.a->device.fault().set(r.f, r.value);
        const auto before = p.l.now_ns();
        CHECK(p.a->up() == r.expected);
        CHECK(p.l.now_ns() - before < 2'000'000'000);
    }
    two p;
    p.a->device.fault().set(fault::master_never_stops, 1);
    CHECK(chip::quiesce(p.a->regs) == status::timed_out);
    CHECK(chip::reset(p.a->regs) == status::ok); // reset all the same
}

TEST_CASE("driver: removed at every single register access of the bring-up")
{
    rig::nm::u64 accesses = 0;
    {
        two p;
        const auto before = p.a->device.counted().register_accesses;
        REQUIRE(p.a->up() == status::ok);
        accesses = p.a->device.counted().register_accesses - before;
    }
    CHECK(accesses > 300);
    unsigned wrong = 0;
    for (rig::nm::u64 k = 1; k <= accesses; k += k < 60 ? 1 : 7) {
        two p;
        p.a->device.fault().set(fault::remove_at_access, k);
        wrong += p.a->up() != status::removed;
    }
    // The very last accesses may be behind the driver's last look.
    CHECK(wrong <= 1);
}

TEST_CASE("driver: a wrong checksum and wrong addresses in the NVM")
{
    two p;
    p.a->device.fault().set(fault::nvm_checksum, 1);
    REQUIRE(p.a->up() == status::ok);
    CHECK_FALSE(p.a->checksum_right);
    p.a->device.fault().set(fault::nvm_checksum, 0);
    for (rig::nm::u64 kind = 1; kind <= 3; ++kind) {
        p.a->device.fault().set(fault::nvm_mac, kind);
        REQUIRE(p.a->up() == status::ok);
        CHECK(p.a->checksum_right);
        CHECK_FALSE(hw::assignable(p.a->mac));
    }
}
