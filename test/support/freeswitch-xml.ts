/** The least that FreeSWITCH needs for one test: a profile on loopback that parks whatever comes, and the event socket. */
export interface FreeswitchPorts {
  readonly host: string;
  readonly sip: number;
  readonly esl: number;
  readonly password: string;
}

const modules = [
  'mod_logfile',
  'mod_commands',
  'mod_dptools',
  'mod_dialplan_xml',
  'mod_conference',
  'mod_sndfile',
  'mod_tone_stream',
  'mod_sofia',
  'mod_event_socket',
];

export function freeswitchXml({ host, sip, esl, password }: FreeswitchPorts): string {
  const rtpFrom = 20_000 + (sip % 100) * 200;
  return `<?xml version="1.0"?>
<document type="freeswitch/xml">
 <section name="configuration">
  ${configuration('switch', {
    switchname: `fs-${String(sip)}`,
    'max-sessions': '2000',
    'sessions-per-second': '1000',
    loglevel: 'debug',
    'rtp-start-port': String(rtpFrom),
    'rtp-end-port': String(rtpFrom + 198),
  })}
  <configuration name="modules.conf"><modules>
   ${modules.map((name) => `<load module="${name}"/>`).join('')}
  </modules></configuration>
  <configuration name="logfile.conf"><profiles><profile name="default">
   <mappings><map name="all" value="debug,info,notice,warning,err,crit,alert"/></mappings></profile></profiles></configuration>
  ${configuration('event_socket', { 'listen-ip': host, 'listen-port': String(esl), password, 'nat-map': 'false' })}
  <configuration name="conference.conf"><caller-controls><group name="none"/></caller-controls><profiles>
   <profile name="default"><param name="rate" value="8000"/><param name="caller-controls" value="none"/>
   <param name="energy-level" value="0"/></profile></profiles></configuration>
  <configuration name="sofia.conf"><profiles><profile name="inside"><settings>
   ${params({
     'sip-ip': host,
     'rtp-ip': host,
     'sip-port': String(sip),
     dialplan: 'XML',
     context: 'places',
     'auth-calls': 'false',
     'enable-3pcc': 'true',
     'inbound-use-callid-as-uuid': 'true',
     'inbound-codec-prefs': 'PCMA,PCMU',
     'inbound-codec-negotiation': 'generous',
     'rfc2833-pt': '101',
     'manage-presence': 'false',
     'nonce-ttl': '60',
   })}
  </settings></profile></profiles></configuration>
 </section>
 <section name="dialplan"><context name="places"><extension name="park"><condition>
  <action application="set" data="playback_terminators=none"/>
  <action application="set" data="park_after_bridge=true"/>
  <action application="set" data="hangup_after_bridge=false"/>
  <action application="answer"/>
  <action application="park"/>
 </condition></extension></context></section>
 <section name="directory"/>
</document>
`;
}

function configuration(name: string, settings: Readonly<Record<string, string>>): string {
  return `<configuration name="${name}.conf"><settings>${params(settings)}</settings></configuration>`;
}

function params(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `<param name="${name}" value="${value}"/>`)
    .join('');
}
