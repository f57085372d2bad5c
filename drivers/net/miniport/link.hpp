// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Link state as ethdev wants it, read from the MAC.
#pragma once

#include "port.hpp"

namespace miniport {

/// Updates data->dev_link; true where it changed. Any thread, any process.
bool refresh_link(port &p) noexcept;

/// refresh_link, and with `wait` up to 9 s for the link to come up. ethdev's answer: 0 changed,
/// −1 not.
[[nodiscard]] int update_link(port &p, bool wait) noexcept;

} // namespace miniport
