// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors

#include "log.hpp"

namespace miniport {

RTE_LOG_REGISTER(log_init, pmd.net.miniport.init, NOTICE)
RTE_LOG_REGISTER(log_life, pmd.net.miniport.life, NOTICE)
RTE_LOG_REGISTER(log_ctrl, pmd.net.miniport.ctrl, NOTICE)

} // namespace miniport
