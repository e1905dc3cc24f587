-- Works and their lines. A line's member is the number of arrival and the work's id: what came in the same
-- millisecond is served in the order of its coming.

local function linePlace(id, work)
  return string.format('%016d ', work.arrival) .. id
end

local function workAt(place)
  return string.sub(place, 18)
end

local function joinLine(id, work)
  call('ZADD', lineKey(work.queue), work.score, linePlace(id, work))
  lengthen(work.queue)
end

local function leaveLine(id, work)
  call('ZREM', lineKey(work.queue), linePlace(id, work))
end
