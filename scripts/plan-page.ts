import { readFileSync, writeFileSync } from 'node:fs';
import { renewPage } from './plan-page/page.js';

const page = new URL('../docs/plan.md', import.meta.url);
writeFileSync(page, renewPage(readFileSync(page, 'utf8')));
