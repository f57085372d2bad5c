// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// The device's way to memory: addresses go through a translation, as through an IOMMU; what it does
// not know faults and is counted. Descriptors are written so that DD becomes visible last.
#pragma once

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

/// Null: the IOMMU knows no such range. Called with the lab's lock held.
using translate_function = void *(*)(void *context, u64 iova, u64 length);

class dma {
public:
    void translation(translate_function f, void *context) noexcept
    {
        function_ = f;
        context_ = context;
    }

    /// Identity where nothing else was set; the first page is nobody's memory.
    [[nodiscard]] u8 *map(u64 iova, u64 length) noexcept
    {
        if (function_ != nullptr) [[unlikely]] {
            void *const p = function_(context_, iova, length);
            faults_ += p == nullptr;
            return static_cast<u8 *>(p);
        }
        if (iova < 4096) [[unlikely]] {
            ++faults_;
            return nullptr;
        }
        return reinterpret_cast<u8 *>(static_cast<std::uintptr_t>(iova));
    }
    [[nodiscard]] u64 faults() const noexcept { return faults_; }

private:
    translate_function function_ = nullptr;
    void *context_ = nullptr;
    u64 faults_ = 0;
};

/// Descriptors are little endian, and so is every machine that this runs on.
static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);

[[nodiscard]] inline u64 load_word(const u8 *p) noexcept
{
    return __atomic_load_n(reinterpret_cast<const u64 *>(p), __ATOMIC_RELAXED);
}
/// ORDER: release, so that frame data and the descriptor's other words are there before DD.
inline void store_word(u8 *p, u64 v) noexcept
{
    __atomic_store_n(reinterpret_cast<u64 *>(p), v, __ATOMIC_RELEASE);
}

} // namespace miniport::nicmodel
