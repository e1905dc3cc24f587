--@include reply
-- All places where phones can be reached, with the controller that knows each.
local all = {}
for _, agent in ipairs(call('SMEMBERS', prefix .. 'contacts')) do
  local stored = call('HGETALL', prefix .. 'contacts:' .. agent)
  for at = 1, #stored, 2 do
    local account, uri = string.match(stored[at], '^(%S+) (.*)$')
    local entry = cjson.decode(stored[at + 1])
    all[#all + 1] = { agent = agent, account = account, uri = uri, node = entry.node, contact = entry.contact }
  end
end
return reply(all)
