// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// What the transmit path changes in a frame: checksums by the context, segments of a large send
// (hardware.md §3.8).
#pragma once

#include "nicmodel/types.hpp"

namespace miniport::nicmodel {

/// A transmit context descriptor, decoded. The 82574 has one for the whole port (E3).
struct transmit_context {
    u32 ipcss = 0, ipcso = 0, ipcse = 0;
    u32 tucss = 0, tucso = 0, tucse = 0;
    u32 payload = 0, header = 0, mss = 0;
    bool tcp = false, ipv4 = false;
};
[[nodiscard]] transmit_context decode_context(u64 low, u64 high) noexcept;

/// The complement of the sum of bytes start…end (0: to the frame's last) stored at `offset`.
void insert_checksum(u8 *data, u32 length, u32 start, u32 offset, u32 end) noexcept;

/// Makes the n-th segment's headers out of the large send's own: `segment` holds header + `bytes`
/// of payload; `sent` bytes of payload went before. Checksums where POPTS asks for them.
void fix_segment(u8 *segment, u32 bytes, u32 n, u32 sent, bool last, bool ip_checksum,
                 bool l4_checksum, const transmit_context &x) noexcept;

} // namespace miniport::nicmodel
