--@include reply
-- Being in charge of something (charges.ts): `take`, `find`, `keep` with a state to hand on, `drop`. Who asks for what nobody
-- is in charge of gets it; what another one is in charge of stays as it is.
local id, act = request.id, request.act
local owner = call('HGET', chargesKey, id)
local isNew = not owner
if not owner and (act == 'take' or act == 'keep') then
  call('HSET', chargesKey, id, node)
  owner = node
end
if owner == node and act == 'keep' then call('HSET', chargeStatesKey, id, request.state) end
if owner == node and act == 'drop' then
  call('HDEL', chargesKey, id)
  call('HDEL', chargeStatesKey, id)
end
return reply({ owner = owner or nil, isNew = isNew })
