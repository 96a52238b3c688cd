"""What becomes of a request to the Directory API, between the wire and the operations."""

from __future__ import annotations

import gzip
import time
import traceback
from dataclasses import dataclass
from typing import Any, Callable, TextIO

from tests.simulators.jira.app import CUT, Delivery
from tests.simulators.jira.faults import Rule
from tests.simulators.jira.openapi import Specification
from tests.simulators.jira.strict import Inspection

from . import faults, mask, operations_channels, operations_groups, operations_users
from .errors import ApiError, error, written
from .routing import Answer, Call, Method, Request, Router
from .strict import inspect
from .tokens import Token, require
from .world import World

TABLES = (
    operations_channels.OPERATIONS,
    operations_users.OPERATIONS,
    operations_groups.OPERATIONS,
)

# Shorter bodies are not worth compressing.
_SMALL = 200


def _takes_gzip(request: Request) -> bool:
    """Who asks for it twice (facts 2.6): with Accept-Encoding, and with "gzip" in User-Agent."""
    return all("gzip" in (request.headers.get(name) or "")
               for name in ("Accept-Encoding", "User-Agent"))


@dataclass
class Visit:
    """One request on its way."""

    world: World
    request: Request
    entry: dict[str, Any]
    inspection: Inspection
    token: Token | None
    presented: str


class App:
    """The simulated Workspace; `world` is replaced by a reset."""

    def __init__(self, *, settings: dict[str, Any], specification: Specification | None,
                 check_answers: bool, log_file: TextIO | None) -> None:
        self._settings = settings
        self._specification = specification
        self._check_answers = check_answers
        self._log_file = log_file
        self._router = Router(TABLES)
        self.base_url = ""
        self.world = World("", settings, log_file)

    def reset(self, changes: dict[str, Any]) -> None:
        """Begin again, with the settings of the start and these changes."""
        fresh, old = World(self.base_url, self._settings | changes, self._log_file), self.world
        self.world = fresh
        old.end()

    def handle(self, request: Request) -> Delivery:
        """Answer one request and record it."""
        world, began = self.world, time.monotonic()
        entry = world.log.open(request.method, request.path, request.raw_query, request.body)
        try:
            delivery = self._deliver(world, request, entry)
        except Exception:
            world.log.violation(entry, f"the simulator failed: {traceback.format_exc()}")
            delivery = Delivery(error("internalError"))
        answer = delivery.answer
        entry["takesGzip"] = _takes_gzip(request)
        status = "cut" if answer is None else answer.status
        is_error = answer is not None and answer.status >= 400
        world.counts.answer(entry["operation"] or "unknown", status)
        world.log.close(entry, status, answer.content if is_error else None,
                        time.monotonic() - began)
        return self._on_the_wire(request, delivery)

    def record_malformed(self, problem: str) -> None:
        """Record a request that is not even HTTP."""
        log = self.world.log
        entry = log.open("", "", "", b"")
        log.violation(entry, f"malformed request: {problem}")
        log.close(entry, "cut", None, 0)

    def _on_the_wire(self, request: Request, delivery: Delivery) -> Delivery:
        """JSON as text, compressed for those who take that."""
        answer = delivery.answer
        if answer is None or not isinstance(answer.content, (dict, list)):
            return delivery
        content = written(answer.content, ("prettyPrint", "false") not in request.query)
        headers = answer.headers | {"Vary": "Origin, X-Origin, Referer"}
        if len(content) > _SMALL and _takes_gzip(request):
            content = gzip.compress(content, 1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        delivery.answer = Answer(answer.status, content, headers, answer.content_type)
        return delivery

    def _deliver(self, world: World, request: Request, entry: dict[str, Any]) -> Delivery:
        inspection = inspect(request, self._router)
        entry["operation"] = inspection.operation.name if inspection.operation else None
        world.counts.call(entry["operation"] or "unknown")
        if self._specification is not None:
            inspection.violations += self._specification.check_request(request)
        for violation in inspection.violations:
            world.log.violation(entry, violation)
        token, presented = world.tokens.find(request.headers)
        if presented == "none":
            world.log.violation(entry, "no bearer token in the header Authorization")
        entry["caller"] = presented
        visit = Visit(world, request, entry, inspection, token, presented)
        user = dict(request.query).get("quotaUser") or presented
        refusal = world.quotas.enter(user)
        try:
            half = world.latency() / 2
            if not world.pause(half):
                return CUT
            delivery = self._in_front(visit, refusal) or self._at_work(visit)
            return delivery if world.pause(half) else CUT
        finally:
            world.quotas.leave()

    def _in_front(self, visit: Visit, refusal: Answer | None) -> Delivery | None:
        """What keeps a request from its operation: down, or a quota."""
        down = visit.world.settings["down"]
        if down is not None:
            visit.entry["fault"] = "down"
            if down["how"] == "close":
                return CUT
            wait = {"Retry-After": f"{down['retryAfter']:g}"} if "retryAfter" in down else {}
            return Delivery(error("backendError", headers=wait))
        if refusal is None:
            return None
        visit.entry["fault"] = "quota"
        return Delivery(refusal)

    def _at_work(self, visit: Visit) -> Delivery:
        rule = visit.world.faults.choose(visit.request, visit.entry["operation"])
        if rule is None:
            return Delivery(self._work(visit))
        visit.entry["fault"] = f"{rule.document.get('error', rule.what)} (rule {rule.number})"
        if rule.what in faults.CHANGES:
            return Delivery(self._work(visit, rule))
        done = self._work(visit) if rule.after else None
        return self._go_wrong(visit.world, rule, done, lambda: self._work(visit))

    def _go_wrong(self, world: World, rule: Rule, done: Answer | None,
                  work: Callable[[], Answer]) -> Delivery:
        if rule.what in ("close-before", "close-after"):
            return Delivery(None, reset=rule.reset)
        if rule.what == "hang":
            if not world.pause(rule.seconds):
                return CUT
            return Delivery(done or work())
        if rule.what == "bomb":
            return Delivery(faults.bomb(rule))
        if rule.what == "truncate":
            return Delivery(done, truncate=True)
        return Delivery(rule.answer())

    def _work(self, visit: Visit, rule: Rule | None = None) -> Answer:
        """Authenticate, refuse or carry out; then the conditional and the partial answer."""
        operation, inspection = visit.inspection.operation, visit.inspection
        if operation is None:
            assert inspection.refusal is not None
            return inspection.refusal
        assert isinstance(operation, Method)
        try:
            token = require(visit.token, visit.presented, operation.scopes)
            if inspection.refusal is not None:
                return inspection.refusal
            answer = self._carry_out(visit, operation, token, rule)
        except ApiError as problem:
            answer = problem.answer
        return answer

    def _carry_out(self, visit: Visit, operation: Method, token: Token,
                   rule: Rule | None) -> Answer:
        inspection, world = visit.inspection, visit.world
        call = Call(world, token, visit.request, inspection.path_values, inspection.parameters,
                    inspection.body)
        try:
            with world.site.lock:
                answer = operation.handler(call)
        finally:
            for note in call.notes:
                world.log.violation(visit.entry, note)
        if answer.status != 200:
            return answer
        etag = answer.content.get("etag")
        if world.settings["conditional"] == "304" and etag is not None \
                and visit.request.headers.get("If-None-Match") == etag:
            return Answer(304, None, {"ETag": etag})
        fields = inspection.parameters["fields"]
        answer.content = mask.apply(fields, answer.content)
        if etag is not None:
            answer.headers["ETag"] = etag
        if rule is not None:
            answer.content = self._spoiled(call, operation, rule, answer.content)
        elif self._check_answers and self._specification is not None:
            for problem in self._specification.check_answer(visit.request, answer):
                world.log.violation(visit.entry, problem)
        return answer

    def _spoiled(self, call: Call, operation: Method, rule: Rule, content: Any) -> Any:
        tokens: dict[str, str] = {}
        if operation.parameter("pageToken"):
            pages = call.world.page_tokens
            this_page = pages.make(call, pages.read(call))
            tokens = {"loop": this_page, "restart": pages.make(call, None),
                      "same-token": call.parameters["pageToken"] or this_page}
        return faults.changed(rule, content, operation.items, tokens)
