--@include store
-- Which schema the store's records have, so that no version reads what another one means otherwise.

-- A store that has nothing yet gets ours; records without a number were written before there was one.
local function storedSchema()
  local stored = tonumber(call('HGET', metaKey, 'schema'))
  if stored then return stored end
  stored = call('EXISTS', agentsKey, worksKey) > 0 and 1 or SCHEMA
  call('HSET', metaKey, 'schema', stored)
  return stored
end
