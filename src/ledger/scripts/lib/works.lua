--@include store
-- Works and their lines. A line's member is the number of arrival and the work's id: what came in the same
-- millisecond is served in the order of its coming.

local function linePlace(id, work)
  return format('%016d ', work.arrival) .. id
end

local function workAt(place)
  return sub(place, 18)
end

local function joinLine(id, work)
  call('ZADD', lineKey(work.queue), work.score, linePlace(id, work))
  lengthen(work.queue)
end

local function leaveLine(id, work)
  call('ZREM', lineKey(work.queue), linePlace(id, work))
end

-- Attempts that whoever becomes free may join stand in an index; `rings` says that this one does. Save the work after.
local function startRinging(id, work, queue)
  if queue.kind ~= 'ring-to-all' then return end
  work.rings = 1
  call('ZADD', ringingKey(work.queue), work.score, id)
end

local function stopRinging(id, work)
  if not work.rings then return end
  work.rings = nil
  call('ZREM', ringingKey(work.queue), id)
end
