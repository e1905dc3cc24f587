/** Words, numbers, colours and settings: what is shown, and in which language. */
import { expect, it } from 'vitest';
import { readableOn } from './colour.js';
import { base64Bytes, mediaTypeOf, sizeText, timeText } from './format.js';
import { settingsFrom } from './settings.js';
import { fill, stringsFor } from './strings.js';

it.each([
  [['es-MX', 'en'], 'es'],
  [['fr', 'ES'], 'es'],
  [['fr', 'de'], 'en'],
  [['constructor'], 'en'],
  [[], 'en'],
])('speaks to a reader of %j in %s', (wanted, language) => {
  expect(stringsFor(wanted).language).toBe(language);
});

it('writes times and numbers as in the reader’s country, where its tag is one', () => {
  const locales = [['es-MX'], ['fr', 'en-GB'], ['es_MX'], []].map((wanted) => stringsFor(wanted).locale);
  expect(locales).toEqual(['es-MX', 'en-GB', 'es', 'en']);
});

it('has each text with the same places to fill in every language', () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const { strings: english } = stringsFor(['en']);
  const { strings: spanish } = stringsFor(['es']);
  for (const [name, text] of Object.entries(english)) {
    expect([name, places(spanish[name as keyof typeof spanish])]).toEqual([name, places(text)]);
  }
});

it('fills in names as they stand', () => {
  expect(fill('{agent} is {what}', { agent: '{what} $& <b>', what: 'here' })).toBe('{what} $& <b> is here');
  expect(fill('{agent}', {})).toBe('{agent}');
});

it.each([
  ['2026-03-02T14:05:00Z', '14:05'],
  ['2026-03-01T14:05:00Z', '1/3/26, 14:05'],
])('tells the time of %s as %s', (at, text) => {
  const options = { nowMs: Date.parse('2026-03-02T20:00:00Z'), language: 'es', timeZone: 'UTC' };
  expect(timeText(Date.parse(at), options)).toBe(text);
});

it.each([
  ['', 0],
  ['QQ==', 1],
  ['QUI=', 2],
  ['QUJD', 3],
])('counts the bytes of %j', (data, bytes) => {
  expect(base64Bytes(data)).toBe(bytes);
});

it('tells sizes', () => {
  expect([sizeText(1_000, 'en'), sizeText(256 * 1024, 'en')]).toEqual(['1,000 B', '256 KB']);
});

it.each([
  ['text/plain; charset=utf-8', 'text/plain'],
  ['Image/PNG', 'image/png'],
  ['', 'application/octet-stream'],
  ['x', 'application/octet-stream'],
])('sends a file of type %j as %s', (type, sent) => {
  expect(mediaTypeOf(type)).toBe(sent);
});

it.each([
  ['#000', '#ffffff'],
  ['#0b57d0', '#ffffff'],
  ['#ffdd00', '#000000'],
  ['#777777', '#000000'],
  ['#ffffff', '#000000'],
  ['red', undefined],
])('writes on %s in %s', (colour, text) => {
  expect(readableOn(colour)).toBe(text);
});

const settings = (data: Record<string, string>, scriptUrl = 'https://chat.example/widget.js') =>
  settingsFrom(data, { scriptUrl, browserLanguages: ['fr', 'es'] });

it.each([
  [{}, 'https://chat.example/widget.js', 'wss://chat.example/v1/visitor'],
  [{}, 'http://127.0.0.1:8080/widget.js', 'ws://127.0.0.1:8080/v1/visitor'],
  [{}, 'https://example.com/chat/widget.js?v=2', 'wss://example.com/chat/v1/visitor'],
  [{ server: 'https://other.example/chat' }, 'https://cdn.example/w.js', 'wss://other.example/chat/v1/visitor'],
])('finds the server by %j of %s', (data, scriptUrl, socketUrl) => {
  expect(settings(data, scriptUrl).socketUrl).toBe(socketUrl);
});

it('takes nothing from a tag that it does not understand', () => {
  expect(
    settings({ accent: 'url(x)', theme: 'pink', side: 'top', remember: 'ever', open: 'false', title: '' }),
  ).toEqual({
    socketUrl: 'wss://chat.example/v1/visitor',
    languages: ['fr', 'es'],
    theme: 'auto',
    side: 'right',
    remember: 'browser',
    isOpen: false,
  });
  expect(
    settings({ language: 'es', accent: '#0a7', theme: 'dark', side: 'left', remember: 'tab', open: '' }),
  ).toMatchObject({
    languages: ['es'],
    accent: '#0a7',
    theme: 'dark',
    side: 'left',
    remember: 'tab',
    isOpen: true,
  });
});
