/** What every ledger must do, whatever it keeps its state in. Each implementation's test file runs all of it. */
import { describe } from 'vitest';
import { agentContract } from './contract/agents.js';
import { answerContract } from './contract/answers.js';
import { assignContract } from './contract/assign.js';
import { capacityContract } from './contract/capacity.js';
import { configureContract } from './contract/configure.js';
import { fairnessContract } from './contract/fairness.js';
import { handOverContract } from './contract/hand-over.js';
import { lineContract } from './contract/line.js';
import { noticeContract } from './contract/notices.js';
import { previewContract } from './contract/preview.js';
import { scheduleContract } from './contract/schedule.js';
import { strategyContract } from './contract/strategies.js';
import type { CreateLedger } from './ledger-world.js';

export function ledgerContract(name: string, create: CreateLedger): void {
  describe(`the ledger ${name}`, () => {
    describe('agents', () => agentContract(create));
    describe('schedules', () => scheduleContract(create));
    describe('the line', () => lineContract(create));
    describe('strategies', () => strategyContract(create));
    describe('a preview', () => previewContract(create));
    describe('fairness', () => fairnessContract(create));
    describe('answers', () => answerContract(create));
    describe('work without a queue', () => assignContract(create));
    describe('transfer and pull', () => handOverContract(create));
    describe('capacity', () => capacityContract(create));
    describe('notices', () => noticeContract(create));
    describe('a new configuration', () => configureContract(create));
  });
}
