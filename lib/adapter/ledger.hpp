// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The undo ledger: whatever an adapter acquires is written down together with its reciprocal, and
// failed initialize, failed restart, pause and halt replay it in reverse (N44–N47, W8). An
// acquisition is a type with acquire() that may fail and release() that cannot; one without the
// other does not compile. Lies in shared memory: entries are numbers, never pointers.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "adapter/probe.hpp"
#include "status.hpp"

namespace miniport {

/// A::acquire(owner, index, …) → status and its reciprocal, which cannot fail.
template <class A, class Owner, class... Arguments>
concept acquisition = requires(Owner &owner, std::uint16_t index, Arguments &...arguments) {
    { A::name } -> std::convertible_to<const char *>;
    { A::acquire(owner, index, arguments...) } -> std::same_as<status>;
    { A::release(owner, index) } noexcept -> std::same_as<void>;
};
/// What the ledger needs of a kind to take it back.
template <class A, class Owner>
concept releasable = requires(Owner &owner, std::uint16_t index) {
    { A::release(owner, index) } noexcept -> std::same_as<void>;
};

/// An acquisition that outlives halt(DeviceStopped) because its owner is the caller, not the
/// adapter: ethdev keeps its queues across a re-configure and releases them itself.
template <class A>
concept survives_stop = requires { requires A::survives_stop; };

template <class Owner, std::size_t Capacity, class... Kinds> class ledger {
    static_assert(sizeof...(Kinds) < UINT8_MAX);

public:
    /// Acquires and writes it down. A failure leaves the ledger as it was; a full ledger is
    /// status::no_memory and acquires nothing. `index` tells equals apart (a queue's number).
    template <class Kind, class... Arguments>
        requires acquisition<Kind, Owner, Arguments...>
    [[nodiscard]] status acquire(Owner &owner, std::uint16_t index = 0,
                                 Arguments &&...arguments) noexcept
    {
        if (size_ == Capacity || probe::injected_failure())
            return status::no_memory;
        if (const status s = Kind::acquire(owner, index, arguments...); failed(s))
            return s;
        entries_[size_++] = {number<Kind>(), index};
        probe::hit(probe::kind::acquire, &owner, number<Kind>(), index);
        return status::ok;
    }

    /// Releases one acquisition out of turn; false where it is not held.
    template <releasable<Owner> Kind> bool release(Owner &owner, std::uint16_t index = 0) noexcept
    {
        for (std::size_t i = size_; i-- > 0;) {
            if (entries_[i].kind != number<Kind>() || entries_[i].index != index)
                continue;
            const entry e = entries_[i];
            erase(i);
            release_one(owner, e);
            return true;
        }
        return false;
    }

    /// Begins a section that undo_section() takes back: what restart adds to initialize.
    [[nodiscard]] status open_section() noexcept
    {
        if (size_ == Capacity)
            return status::no_memory;
        entries_[size_++] = {boundary, 0};
        return status::ok;
    }

    /// Releases, in reverse, everything acquired since open_section(), and ends the section.
    void undo_section(Owner &owner) noexcept
    {
        while (size_ > 0) {
            const entry last = entries_[--size_];
            if (last.kind == boundary)
                return;
            release_one(owner, last);
        }
    }

    enum class extent : std::uint8_t { everything, but_survivors };

    /// Releases in reverse; with extent::but_survivors those that outlive a stop stay, in order.
    void undo(Owner &owner, extent how_much) noexcept
    {
        for (std::size_t i = size_; i-- > 0;) {
            const entry e = entries_[i];
            if (how_much == extent::but_survivors && e.kind != boundary && survives[e.kind])
                continue;
            erase(i);
            if (e.kind != boundary)
                release_one(owner, e);
        }
    }

    template <releasable<Owner> Kind>
    [[nodiscard]] bool holds(std::uint16_t index = 0) const noexcept
    {
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].kind == number<Kind>() && entries_[i].index == index)
                return true;
        return false;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Calls visit(name, index) for each acquisition held, oldest first.
    template <class Visitor> void each(Visitor visit) const
    {
        constexpr const char *names[] = {Kinds::name...};
        for (std::size_t i = 0; i < size_; ++i)
            if (entries_[i].kind != boundary)
                visit(names[entries_[i].kind], entries_[i].index);
    }

private:
    struct entry {
        std::uint8_t kind;
        std::uint16_t index;
    };
    static constexpr std::uint8_t boundary = UINT8_MAX;

    template <class Kind> static constexpr std::uint8_t number() noexcept
    {
        static_assert((std::same_as<Kind, Kinds> || ...), "not an acquisition of this ledger");
        std::uint8_t n = 0;
        static_cast<void>(((std::same_as<Kind, Kinds> ? true : (++n, false)) || ...));
        return n;
    }

    static constexpr bool survives[] = {survives_stop<Kinds>...};

    static void release_one(Owner &owner, entry e) noexcept
    {
        using release_function = void (*)(Owner &, std::uint16_t) noexcept;
        static constexpr release_function reciprocals[] = {&Kinds::release...};
        probe::hit(probe::kind::release, &owner, e.kind, e.index);
        reciprocals[e.kind](owner, e.index);
        probe::hit(probe::kind::released, &owner, e.kind, e.index);
    }

    void erase(std::size_t at) noexcept
    {
        for (std::size_t i = at + 1; i < size_; ++i)
            entries_[i - 1] = entries_[i];
        --size_;
    }

    std::array<entry, Capacity> entries_{};
    std::size_t size_ = 0;
};

} // namespace miniport
