// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// From the wire to the packet buffer; receive_dma.cpp goes on from there.
#include "nicmodel/receive.hpp"

#include <algorithm>

#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 normal_frame = 1522;  // with FCS and tag; more only with RCTL.LPE
constexpr u32 record_overhead = 16; // of a frame in the packet buffer

constexpr u8 pause_address[6] = {0x01, 0x80, 0xC2, 0x00, 0x00, 0x01};
constexpr u32 mac_control = 0x8808, pause_opcode = 1;

} // namespace

void receiver::reset() noexcept
{
    for (queue &q : q_) {
        q.base = 0;
        q.size = q.head = q.use = q.fetch = 0;
        q.cache_first = q.cache_count = q.finished_count = 0;
        q.fetch_at = q.write_back_at = never;
        q.broken = q.below_threshold = false;
    }
    fifo_.clear();
    delayed_causes_ = 0;
    delay_at_ = absolute_at_ = never;
    sent_xoff_ = false;
    key_stale_ = true;
    options_changed();
    filter_.addresses_changed();
}

void receiver::options_changed() noexcept
{
    const register_store &r = c_.regs;
    options_ = decode_options(r);
    const u32 rctl = r[at::RCTL];
    k_.enabled = (rctl & rctl_bits::EN) != 0;
    k_.store_bad = (rctl & rctl_bits::SBP) != 0;
    k_.long_packets = (rctl & rctl_bits::LPE) != 0;
    k_.strip_crc = (rctl & rctl_bits::SECRC) != 0;
    k_.strip_vlan = r.has(at::CTRL, ctrl_bits::VME);
    k_.extended = options_.extended;
    k_.split = k_.extended && (rctl >> 10 & 3) == 1;
    k_.threshold_shift = 1 + std::min(rctl >> 8 & 3, 2u); // 1/2, 1/4, 1/8
    constexpr u32 sizes[2][4] = {{2048, 1024, 512, 256}, {2048, 16384, 8192, 4096}};
    k_.buffer = sizes[(rctl & rctl_bits::BSEX) != 0][rctl >> 16 & 3];
    const u32 psrctl = r[at::PSRCTL];
    k_.split_buffer[0] = (psrctl & 0x7F) * 128;
    for (u32 i = 1; i < 4; ++i)
        k_.split_buffer[i] = (psrctl >> (8 * i) & 0x3F) * 1024;
    k_.write_back_batch = std::clamp(r[at::RXDCTL] >> 16 & 0x3F, 1u, u32{batch_descriptors});
    const u32 bytes = k_.split ? 32 : 16;
    if (bytes != k_.descriptor_bytes) {
        k_.descriptor_bytes = bytes;
        ring_changed(0);
        ring_changed(1);
    }
}

void receiver::key_changed() noexcept
{
    key_stale_ = true;
}

bool receiver::control_frame(const frame &f)
{
    if (f.length < 18 || be16(f.data + 12) != mac_control)
        return false;
    if (std::memcmp(f.data, pause_address, 6) != 0 && filter_.address(f.data) != match::exact)
        return false;
    const bool obeys = c_.regs.has(at::CTRL, ctrl_bits::RFCE);
    if (be16(f.data + 14) == pause_opcode) {
        const u32 quanta = be16(f.data + 16);
        if (obeys) {
            c_.stats.add(quanta == 0 ? at::XONRXC : at::XOFFRXC);
            c_.tx.pause(quanta);
        } else {
            c_.stats.add(at::FCRUC);
        }
    }
    // RCTL.PMCF lets MAC control frames through to the host, DPF takes pause frames out.
    const u32 rctl = c_.regs[at::RCTL];
    return (rctl & rctl_bits::PMCF) == 0 || (rctl & rctl_bits::DPF) != 0;
}

bool receiver::accept(const frame &f, const headers &h, u32 &status)
{
    const u32 n = f.length + fcs_bytes;
    const match m = f.length >= 6 ? filter_.address(f.data) : match::rejected;
    if (m == match::rejected || (h.tagged && !filter_.vlan_passes(h.tag))) {
        ++c_.count.rx_filtered;
        return false;
    }
    // §3.10: the error counters count only what passes the filters.
    const bool bad_crc = f.fcs_difference != 0;
    const u32 longest = k_.long_packets ? max_frame : normal_frame;
    if (n > longest) {
        c_.stats.add(bad_crc ? at::RJC : at::ROC);
        c_.stats.add(at::RLEC);
        return false;
    }
    const bool runt = n < 64;
    if (runt) {
        c_.stats.add(bad_crc ? at::RFC : at::RUC);
        if (!bad_crc)
            c_.stats.add(at::RLEC);
    } else if (bad_crc) {
        c_.stats.add(at::CRCERRS);
    }
    if ((runt || bad_crc) && !k_.store_bad)
        return false;
    if (bad_crc)
        status |= rx_bit::CE;
    if (m == match::inexact)
        status |= rx_bit::PIF;
    return true;
}

void receiver::count_good(const frame &f)
{
    const u32 n = f.length + fcs_bytes;
    if (f.fcs_difference != 0 || n < 64)
        return;
    c_.stats.add(at::GPRC);
    c_.stats.add_octets(at::GORCL, n);
    c_.stats.add_size(at::PRC64, n);
    if ((f.data[0] & 1) != 0) {
        u64 mac = 0;
        std::memcpy(&mac, f.data, 6);
        c_.stats.add(mac == 0xFFFF'FFFF'FFFF ? at::BPRC : at::MPRC);
    }
}

void receiver::arrive(const frame &f)
{
    if (!k_.enabled)
        return;
    ++c_.count.rx_frames;
    c_.stats.add(at::TPR);
    c_.stats.add_octets(at::TORL, f.length + fcs_bytes);
    if (f.fcs_difference == 0 && control_frame(f)) [[unlikely]]
        return;

    const headers h = parse(f, options_.parser);
    u32 status = 0;
    if (!accept(f, h, status))
        return;
    if (key_stale_) {
        std::array<u8, toeplitz::key_bytes> key;
        for (u32 i = 0; i < key.size(); ++i)
            key[i] = static_cast<u8>(c_.regs[at::RSSRK + (i & ~3u)] >> (8 * (i & 3)));
        key_.key(key);
        key_stale_ = false;
    }
    note n{h, judge(f, h, options_, key_, c_.regs), 0, 0};
    n.v.status |= status;
    if (c_.ptp.received(f, h))
        n.v.status |= rx_bit::TST;

    // In one go where nothing is in the way; otherwise through the packet buffer.
    if (c_.immediate() && fifo_.empty() && c_.may_master() && !q_[n.v.queue].broken) {
        const u32 buffer = k_.split ? 1024 : k_.buffer;
        const u32 needed = (bytes_in_memory(f, h) + buffer - 1) / buffer;
        const u32 here = q_[n.v.queue].cache_count;
        if (here >= needed || here + posted(n.v.queue) >= needed) {
            count_good(f);
            static_cast<void>(deliver(f, n));
            return;
        }
    }
    if (q_[n.v.queue].cache_count + posted(n.v.queue) == 0)
        c_.stats.add(at::RNBC);
    n.ready = c_.later(c_.opt.timing.data_ns);
    if (!store(f, n)) {
        c_.stats.add(at::MPC);
        c_.irq.raise(cause::RXO);
        return;
    }
    count_good(f);
    c_.arm(n.ready);
    flow_control();
}

bool receiver::store(const frame &f, const note &n)
{
    const u32 room = (c_.regs[at::PBA] & 0xFFFF) * 1024;
    const u32 held = fifo_.bytes() + fifo_.frames() * record_overhead;
    if (held + f.length + fcs_bytes + record_overhead > room)
        return false;
    return fifo_.push(f, n);
}

void receiver::flow_control() noexcept
{
    const u32 high = c_.regs[at::FCRTH] & 0xFFF8, low = c_.regs[at::FCRTL] & 0xFFF8;
    if (high == 0 || !c_.regs.has(at::CTRL, ctrl_bits::TFCE))
        return;
    if (!sent_xoff_ && fifo_.bytes() > high) {
        sent_xoff_ = true;
        c_.stats.add(at::XOFFTXC);
        c_.send_pause(c_.regs[at::FCTTV] & 0xFFFF);
    } else if (sent_xoff_ && fifo_.bytes() <= low) {
        sent_xoff_ = false;
        if ((c_.regs[at::FCRTL] >> 31) != 0) { // XONE
            c_.stats.add(at::XONTXC);
            c_.send_pause(0);
        }
    }
}

} // namespace miniport::nicmodel
