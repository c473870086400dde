#!/usr/bin/env node
import '../../../tools/ensure-built.mjs';

await import('../dist/main.js');
