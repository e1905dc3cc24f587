-- Takes an agent out of all that a membership stands in.
local function leaveMembership(id, member)
  if member.at then call('ZREM', freeKey(member.queue), member.at) end
  if member.there and fairKey[member.kind] then call('ZREM', thereKey(member.queue), id) end
  call('ZREM', membersKey(member.queue), id)
end
