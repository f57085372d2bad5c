// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

// Ports on software NICs in this process: --vdev=net_miniport_model0,wire=…,fault=…. The driver above
// is the same; registers go to the model, doorbells are words that it watches, the link interrupt is
// an eventfd.
#pragma once

#include "port.hpp"

namespace miniport {

namespace nicmodel {
class model;
class lab;
} // namespace nicmodel

/// The model behind a port, for tests and fault injection; nullptr for a port on PCI.
[[nodiscard]] nicmodel::model *model_of(const port &p) noexcept;

/// The lab that all models of this process share.
[[nodiscard]] nicmodel::lab &model_lab() noexcept;

} // namespace miniport
