--@include reply
-- A place where a phone of an agent can be reached, as the controller knows it where it has registered. `left` is how
-- many the agent has now, by all controllers.
local contactsKey = prefix .. 'contacts:' .. request.agent
local field = request.account .. ' ' .. request.uri
local before = call('HGET', contactsKey, field)
if request.contact then
  call('HSET', contactsKey, field, cjson.encode({ node = node, contact = request.contact }))
  call('SADD', prefix .. 'contacts', request.agent)
elseif before and cjson.decode(before).node == (request.of or node) then
  call('HDEL', contactsKey, field)
else
  -- The phone has registered with another controller since.
  return reply({ isChanged = false, left = call('HLEN', contactsKey) })
end
local left = call('HLEN', contactsKey)
if left == 0 then call('SREM', prefix .. 'contacts', request.agent) end
local isChanged = not (before and request.contact)
notices[#notices + 1] = { type = 'contact', agent = request.agent, account = request.account, uri = request.uri, contact = request.contact }
return reply({ isChanged = isChanged, left = left })
