// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "nicmodel/wire.hpp"

#include <algorithm>

#include "nicmodel/checksum.hpp"
#include "nicmodel/chip.hpp"

namespace miniport::nicmodel {
namespace {

constexpr u32 overhead_bytes = fcs_bytes + 8 + 12; // FCS, preamble, interframe gap
constexpr u64 longest_hold_ns = 1'000'000;         // of a reordered frame without a successor
constexpr int frames_per_run = 64;                 // from a far end, so that others get their turn

} // namespace

void wire::lead_to(chip *peer, far_end *other) noexcept
{
    peer_ = peer;
    other_ = other;
    clear();
}

void wire::impair(const impairments &i) noexcept
{
    i_ = i;
    random_ = randomness{i.seed};
    plain_ = !i.line_rate && i.bits_per_second == 0 && i.delay_ns == 0 && i.loss_ppm == 0 &&
             i.reorder_ppm == 0 && i.duplicate_ppm == 0 && i.corrupt_ppm == 0;
}

void wire::clear() noexcept
{
    travelling_.clear();
    held_.clear();
    held_until_ = more_at_ = never;
    busy_until_ = 0;
}

u64 wire::rate() const noexcept
{
    if (i_.bits_per_second != 0)
        return i_.bits_per_second;
    return i_.line_rate ? u64{from_.mac_speed()} * 1'000'000 : 0;
}

u64 wire::room_at(u32 fifo_bytes) const noexcept
{
    const u64 bps = plain_ ? 0 : rate();
    if (bps == 0 || busy_until_ <= from_.now)
        return from_.now;
    const u64 fifo_ns = u64{fifo_bytes} * 8'000'000'000u / bps;
    return std::max(from_.now, busy_until_ > fifo_ns ? busy_until_ - fifo_ns : 0);
}

void wire::send(const frame &f)
{
    ++counted_.sent;
    if (plain_ && travelling_.empty()) [[likely]]
        return deliver(f);

    const u64 bps = rate();
    u64 arrival = from_.now;
    if (bps != 0) {
        busy_until_ = std::max(busy_until_, from_.now) +
                      u64{f.length + overhead_bytes} * 8'000'000'000u / bps;
        arrival = busy_until_;
    }
    arrival += i_.delay_ns;

    if (random_.chance_ppm(i_.loss_ppm)) {
        ++counted_.lost;
        return;
    }
    frame passing = f;
    if (random_.chance_ppm(i_.corrupt_ppm) && f.length > 0) {
        ++counted_.corrupted;
        damaged_.assign(f.data, f.data + f.length);
        const u64 bit = random_.below(u64{f.length} * 8);
        damaged_[bit / 8] ^= static_cast<u8>(1u << (bit % 8));
        // The FCS that travels is the one of the data as it was.
        passing = {damaged_.data(), f.length,
                   f.fcs_difference ^ crc32(f.data, f.length) ^ crc32(damaged_.data(), f.length)};
    }
    if (held_.empty() && passing.fcs_difference == 0 && random_.chance_ppm(i_.reorder_ppm)) {
        ++counted_.reordered;
        held_.assign(passing.data, passing.data + passing.length);
        held_until_ = arrival + longest_hold_ns;
        from_.arm(held_until_);
        return;
    }
    enqueue(passing, arrival);
    if (random_.chance_ppm(i_.duplicate_ppm)) {
        ++counted_.duplicated;
        enqueue(passing, arrival);
    }
    release_held(arrival);
}

void wire::release_held(u64 arrival)
{
    if (held_.empty())
        return;
    held_until_ = never;
    enqueue({held_.data(), static_cast<u32>(held_.size()), 0}, arrival);
    held_.clear();
}

void wire::enqueue(const frame &f, u64 arrival)
{
    if (arrival <= from_.now && travelling_.empty())
        return deliver(f);
    if (!travelling_.push(f, arrival)) {
        ++counted_.overflowed;
        return;
    }
    from_.arm(arrival);
}

void wire::deliver(const frame &f)
{
    if (peer_ != nullptr) {
        if (!peer_->hears()) {
            ++counted_.no_link;
            return;
        }
        ++counted_.delivered;
        peer_->rx.arrive(f);
    } else if (other_ != nullptr) {
        ++counted_.delivered;
        other_->take(f);
    } else {
        ++counted_.no_link;
    }
}

void wire::run()
{
    if (held_until_ <= from_.now)
        release_held(from_.now);
    while (!travelling_.empty() && travelling_.note() <= from_.now) {
        deliver(travelling_.front());
        travelling_.pop();
    }
    if (other_ == nullptr || !from_.hears())
        return;
    frame f{};
    int given = 0;
    for (; given < frames_per_run && from_.rx.has_room() && other_->give(f); ++given)
        from_.rx.arrive(f);
    more_at_ = given == frames_per_run ? from_.now : never;
}

u64 wire::due() const noexcept
{
    return std::min({held_until_, more_at_, travelling_.empty() ? never : travelling_.note()});
}

} // namespace miniport::nicmodel
