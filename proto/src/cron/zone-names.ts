/**
 * The names of time zones: any case is read, and kept in the spelling of the IANA database.
 *
 * `Intl` knows all names in any case, but returns the spelling of some only: for the others, which are older or newer names of the same zones, it names another zone
 * (`Asia/Calcutta` for Asia/Kolkata), and a user wants to read what he wrote. So those are listed.
 */
const others =
  'Africa/Asmara Africa/Timbuktu America/Argentina/Buenos_Aires America/Argentina/Catamarca America/Argentina/ComodRivadavia America/Argentina/Cordoba ' +
  'America/Argentina/Jujuy America/Argentina/Mendoza America/Atikokan America/Atka America/Ensenada America/Fort_Wayne America/Indiana/Indianapolis ' +
  'America/Kentucky/Louisville America/Knox_IN America/Montreal America/Nipigon America/Nuuk America/Pangnirtung America/Porto_Acre America/Rainy_River ' +
  'America/Rosario America/Santa_Isabel America/Shiprock America/Thunder_Bay America/Virgin America/Yellowknife Antarctica/South_Pole Asia/Ashkhabad ' +
  'Asia/Choibalsan Asia/Chongqing Asia/Chungking Asia/Dacca Asia/Harbin Asia/Ho_Chi_Minh Asia/Istanbul Asia/Kashgar Asia/Kathmandu Asia/Kolkata ' +
  'Asia/Macao Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator Asia/Yangon Atlantic/Faroe Atlantic/Jan_Mayen Australia/ACT Australia/Canberra ' +
  'Australia/Currie Australia/LHI Australia/NSW Australia/North Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria Australia/West ' +
  'Australia/Yancowinna Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West CET CST6CDT Canada/Atlantic Canada/Central Canada/Eastern Canada/Mountain ' +
  'Canada/Newfoundland Canada/Pacific Canada/Saskatchewan Canada/Yukon Chile/Continental Chile/EasterIsland Cuba EET EST EST5EDT Egypt Eire Etc/GMT ' +
  'Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu Europe/Belfast Europe/Kyiv Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye GB ' +
  'GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT Mexico/BajaNorte Mexico/BajaSur ' +
  'Mexico/General NZ NZ-CHAT Navajo PRC PST8PDT Pacific/Chuuk Pacific/Johnston Pacific/Kanton Pacific/Pohnpei Pacific/Samoa Pacific/Yap Poland Portugal ' +
  'ROC ROK Singapore Turkey UCT US/Alaska US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii US/Indiana-Starke US/Michigan ' +
  'US/Mountain US/Pacific US/Samoa UTC Universal W-SU WET Zulu';

/** West is plus in these. */
const ofOffsets = [
  'Etc/GMT0',
  'Etc/GMT-0',
  ...Array.from({ length: 13 }, (_, hours) => `Etc/GMT+${hours}`),
  ...Array.from({ length: 14 }, (_, hours) => `Etc/GMT-${hours + 1}`),
];

let spellings: ReadonlyMap<string, string> | undefined;

/** The name as the database spells it; undefined when there is no clock for it here. An offset (`+02:00`) is no name. */
export function timeZoneName(given: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9_+-]{1,31}){0,2}$/.test(given)) return undefined;
  const known = zoneNames().get(given.toLowerCase());
  if (known !== undefined) return known;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: given }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** A name that may have been meant: of the same offset, one that ends in the same place, or one that differs in a few letters. */
export function timeZoneLike(given: string): string | undefined {
  const place = given
    .slice(0, 64)
    .toLowerCase()
    .trim()
    .replace(/[\s-]+/g, '_');
  const [, sign, hours] = /^(?:utc|gmt)?([+-])0?(\d{1,2})(?::?00)?$/i.exec(given.trim()) ?? [];
  if (sign !== undefined) return zoneNames().get(`etc/gmt${sign === '+' ? '-' : '+'}${hours}`);
  const names = [...zoneNames()];
  const last = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
  const found = names.find(([name]) => name === place || last(name) === last(place));
  if (found !== undefined) return found[1];
  let [nearest, least]: [string | undefined, number] = [undefined, 3];
  for (const [name, spelling] of names) {
    // Of short names each is like many.
    const asked = place.includes('/') ? name : last(name);
    const away = asked.length < 5 ? least : distance(asked, place, least);
    if (away < least) [nearest, least] = [spelling, away];
  }
  return nearest;
}

function zoneNames(): ReadonlyMap<string, string> {
  return (spellings ??= new Map(
    [...Intl.supportedValuesOf('timeZone'), ...others.split(' '), ...ofOffsets].map((name) => [name.toLowerCase(), name]),
  ));
}

/** How many letters must be changed, left out or put in to make one of the other; `most` when as many or more. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) >= most) return most;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 1; index <= one.length; index += 1) {
    const next = [index];
    for (let at = 1; at <= other.length; at += 1) {
      next.push(Math.min(row[at]! + 1, next[at - 1]! + 1, row[at - 1]! + (one[index - 1] === other[at - 1] ? 0 : 1)));
    }
    row = next;
  }
  return Math.min(most, row.at(-1)!);
}
