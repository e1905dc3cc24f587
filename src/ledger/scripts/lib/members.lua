--@include room counters
-- Takes an agent out of all that a membership stands in.
local function leaveMembership(id, agent, member)
  if member.key then call('ZREM', freeKey(member.queue), placeOf(id, member, member.key, agent.indexedIdle)) end
  if member.there and fairKey[member.kind] then call('ZREM', thereKey(member.queue), id) end
  call('ZREM', membersKey(member.queue), id)
end
