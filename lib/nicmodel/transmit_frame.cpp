// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// From data descriptors to frames on the wire: gathering, checksums, segments, tag, padding.
#include <algorithm>

#include "nicmodel/checksum.hpp"
#include "nicmodel/chip.hpp"
#include "nicmodel/transmit.hpp"

namespace miniport::nicmodel {
namespace {

// Command bits as in the lower dword (legacy and data descriptors agree), hardware.md §3.8.
constexpr u32 end_of_packet = 1u << 24, insert_fcs = 1u << 25, insert_checksum_legacy = 1u << 26,
              segment_large = 1u << 26, extended = 1u << 29, insert_vlan = 1u << 30;
constexpr u32 option_ip = 1u << 8, option_l4 = 1u << 9, option_stamp = 1u << 4;
constexpr u32 shortest = 17; // bytes: E15
constexpr u32 padded = 60;   // TCTL.PSP: 64 with FCS
constexpr u32 headroom = 4;  // for a tag
constexpr u32 largest_send = 256 * 1024;
constexpr u32 pad_short = 1u << 3; // TCTL.PSP

} // namespace

bool transmitter::data(queue &q, const descriptor &d)
{
    const auto lower = static_cast<u32>(d.high);
    const auto upper = static_cast<u32>(d.high >> 32);
    const bool legacy = (lower & extended) == 0;
    const bool end = (lower & end_of_packet) != 0;
    const u32 length = lower & (legacy ? 0xFFFFu : 0xF'FFFFu);

    if (length == 0)
        return hung(hang::empty_segment), false;
    if (length > largest_descriptor_)
        return hung(hang::large_descriptor), false;
    const u8 *p = c_.bus.map(d.low, length);
    if (p == nullptr)
        return hung(hang::bus_error), false;

    const bool first = !q.in_frame;
    if (first) {
        // READING-MISSING: POPTS count in the first data descriptor, the tag in the last.
        q.gathered = 0;
        q.large = !legacy && (lower & segment_large) != 0;
        q.options = legacy ? 0 : upper & (option_ip | option_l4 | option_stamp);
    }
    const bool plain_command =
        (lower & insert_vlan) == 0 && !(legacy && (lower & insert_checksum_legacy) != 0);
    if (first && end && !q.large && q.options == 0 && plain_command && length >= padded &&
        length + fcs_bytes <= max_frame && c_.fault.none()) [[likely]] {
        // PERF: straight from host memory to the other end's buffer.
        put_on_wire(p, length, (lower & insert_fcs) != 0);
        return true;
    }

    const u32 limit = q.large ? largest_send : max_frame - fcs_bytes;
    if (q.gathered + length > limit)
        return hung(hang::large_frame), false;
    q.in_frame = true;
    if (q.assembly.size() < headroom + q.gathered + length + padded)
        q.assembly.resize(headroom + largest_send + padded);
    u8 *const to = q.assembly.data() + headroom;
    std::memcpy(to + q.gathered, p, length);
    if (!c_.fault.none() && end && c_.fault.use(fault::dma_partial))
        std::memset(to + (q.gathered + length) / 2, 0,
                    q.gathered + length - (q.gathered + length) / 2);
    q.gathered += length;
    if (end)
        end_of_frame(q, lower, upper);
    return stuck_ == hang::none;
}

void transmitter::end_of_frame(queue &q, u32 lower, u32 upper)
{
    u8 *const bytes = q.assembly.data() + headroom;
    const u32 length = q.gathered;
    q.in_frame = false;
    if (length < shortest)
        return hung(hang::short_frame);
    if (q.large)
        return large_send(q, lower, upper);
    if ((lower & extended) == 0) {
        // Legacy: CSO in 23:16, CSS in the upper dword's 15:8; to the end of the frame.
        if ((lower & insert_checksum_legacy) != 0)
            insert_checksum(bytes, length, upper >> 8 & 0xFF, lower >> 16 & 0xFF, 0);
    } else {
        if ((q.options & option_ip) != 0)
            insert_checksum(bytes, length, context_.ipcss, context_.ipcso, context_.ipcse);
        if ((q.options & option_l4) != 0)
            insert_checksum(bytes, length, context_.tucss, context_.tucso, context_.tucse);
        if ((q.options & option_stamp) != 0)
            c_.ptp.sent();
    }
    emit(bytes, length, lower, upper);
}

void transmitter::large_send(queue &q, u32 lower, u32 upper)
{
    const transmit_context &x = context_;
    if (x.mss == 0 || x.header == 0 || q.gathered <= x.header ||
        x.payload != q.gathered - x.header || x.header + x.mss + fcs_bytes > max_frame) {
        c_.stats.add(at::TSCTFC);
        return hung(hang::bad_large_send);
    }
    c_.stats.add(at::TSCTC);
    const u8 *const whole = q.assembly.data() + headroom;
    u8 *const segment = segment_.data() + headroom;
    for (u32 sent = 0, n = 0; sent < x.payload; sent += x.mss, ++n) {
        const u32 bytes = std::min(x.mss, x.payload - sent);
        std::memcpy(segment, whole, x.header);
        std::memcpy(segment + x.header, whole + x.header + sent, bytes);
        fix_segment(segment, bytes, n, sent, sent + bytes == x.payload,
                    (q.options & option_ip) != 0, (q.options & option_l4) != 0, x);
        emit(segment, x.header + bytes, lower, upper);
    }
}

void transmitter::emit(u8 *bytes, u32 length, u32 lower, u32 upper)
{
    if ((lower & insert_vlan) != 0 && c_.regs.has(at::CTRL, ctrl_bits::VME)) {
        std::memmove(bytes - 4, bytes, 12);
        bytes -= 4;
        length += 4;
        put_be16(bytes + 12, c_.regs[at::VET]);
        put_be16(bytes + 14, upper >> 16);
    }
    if (length < padded && c_.regs.has(at::TCTL, pad_short)) {
        std::memset(bytes + length, 0, padded - length);
        length = padded;
    }
    put_on_wire(bytes, length, (lower & insert_fcs) != 0);
}

void transmitter::put_on_wire(const u8 *bytes, u32 length, bool fcs)
{
    frame f{bytes, length, 0};
    if (!fcs) {
        // The last four bytes are the FCS, right or wrong.
        f.length -= fcs_bytes;
        u32 given = 0;
        std::memcpy(&given, bytes + f.length, 4);
        f.fcs_difference = given ^ crc32(bytes, f.length);
    }
    const u32 n = f.length + fcs_bytes;
    ++c_.count.tx_frames;
    c_.stats.add(at::TPT);
    c_.stats.add(at::GPTC);
    c_.stats.add_octets(at::TOTL, n);
    c_.stats.add_octets(at::GOTCL, n);
    c_.stats.add_size(at::PTC64, n);
    if ((bytes[0] & 1) != 0) {
        u64 mac = 0;
        std::memcpy(&mac, bytes, 6);
        c_.stats.add(mac == 0xFFFF'FFFF'FFFF ? at::BPTC : at::MPTC);
    }
    if (c_.regs.has(at::RCTL, rctl_bits::LBM_MAC) || c_.copper.loopback())
        c_.rx.arrive(f);
    else
        c_.out.send(f);
}

} // namespace miniport::nicmodel
