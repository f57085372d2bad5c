// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026 Miniport contributors
//
// main() of the unit tests: Catch2 v2 makes it here, v3 brings it in its library.

#define CATCH_CONFIG_MAIN
#include "catch.hpp"
