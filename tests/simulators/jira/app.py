"""What becomes of a request to the REST API, between the wire (server.py) and the operations."""

from __future__ import annotations

import json
import time
import traceback
import uuid
from dataclasses import dataclass
from typing import Any, TextIO

from . import (gateway, operations_customers, operations_desks, operations_groups,
               operations_organization, operations_organizations, operations_session,
               operations_users, render_desks)
from .access import Caller, Gate, require
from .openapi import Specifications
from .faults import Rule
from .routing import Answer, Call, JiraError, Request, Router, error_answer
from .strict import Inspection, inspect
from .world import World

# A new group of operations is a module with OPERATIONS, and a line here.
TABLES = (
    operations_session.OPERATIONS,
    operations_users.OPERATIONS,
    operations_groups.OPERATIONS,
    operations_organization.OPERATIONS,
    operations_customers.OPERATIONS,
    operations_desks.OPERATIONS,
    operations_organizations.OPERATIONS,
    gateway.OPERATIONS,
)


@dataclass
class Delivery:
    """What goes back over the wire: an answer, whole or truncated, or a cut connection."""

    answer: Answer | None
    truncate: bool = False
    reset: bool = False


CUT = Delivery(None)


class App:
    """The simulated site; `world` is replaced by a reset."""

    def __init__(self, *, email: str, token: str, settings: dict[str, Any],
                 specification: Specifications | None, check_answers: bool,
                 log_file: TextIO | None) -> None:
        self._email = email
        self._settings = settings
        self._gate = Gate(email, token)
        self._specification = specification
        self._check_answers = check_answers
        self._log_file = log_file
        self._router = Router(TABLES)
        self.base_url = ""
        self.cloud_id = str(uuid.uuid4())
        self.world = self._new_world({})

    def _new_world(self, changes: dict[str, Any]) -> World:
        return World(self._email, self.base_url, self._settings | changes, self._log_file,
                     self.cloud_id)

    def reset(self, changes: dict[str, Any]) -> None:
        """Begin again, with the settings of the start and these changes."""
        fresh, old = self._new_world(changes), self.world
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
            delivery = Delivery(error_answer(500, "Internal server error"))
        answer = delivery.answer
        status = "cut" if answer is None else answer.status
        is_error = answer is not None and answer.status >= 400
        world.counts.answer(entry["operation"] or "unknown", status)
        world.log.close(entry, status, answer.content if is_error else None,
                        time.monotonic() - began)
        return delivery

    def record_malformed(self, problem: str) -> None:
        """Record a request that is not even HTTP."""
        log = self.world.log
        entry = log.open("", "", "", b"")
        log.violation(entry, f"malformed request: {problem}")
        log.close(entry, "cut", None, 0)

    def _deliver(self, world: World, request: Request, entry: dict[str, Any]) -> Delivery:
        entrance = gateway.enter(request, self.cloud_id)
        request = entrance.request
        inspection = inspect(request, self._router)
        entry["operation"] = inspection.operation.name if inspection.operation else None
        world.counts.call(entry["operation"] or "unknown")
        if self._specification is not None:
            inspection.violations += self._specification.check_request(request)
        for violation in inspection.violations:
            world.log.violation(entry, violation)
        caller = self._gate.identify(request.headers, world.settings, entrance.through)
        entry["caller"] = caller.presented

        half = world.latency() / 2
        if not world.pause(half):
            return CUT
        delivery = self._in_front(world, request, entry)
        if delivery is None:
            delivery = self._at_work(world, entrance, entry, inspection, caller)
        return delivery if world.pause(half) else CUT

    def _in_front(self, world: World, request: Request,
                  entry: dict[str, Any]) -> Delivery | None:
        """What keeps a request from reaching Jira at all: down."""
        down = world.settings["down"]
        if down is None:
            return None
        entry["fault"] = "down"
        if down["how"] == "close":
            return CUT
        headers = {"Retry-After": f"{down.get('retryAfter', 1):g}"}
        return Delivery(error_answer(503, "Service Unavailable", headers=headers))

    def _at_work(self, world: World, entrance: gateway.Entrance, entry: dict[str, Any],
                 inspection: Inspection, caller: Caller) -> Delivery:
        refusal, headers = world.limiter.take(entrance.request.method,
                                              entry["operation"] or "unknown")
        if refusal is not None:
            entry["fault"] = "rate-limit"
            return Delivery(refusal)

        def work() -> Answer:
            answer = self._work(world, entrance, entry, inspection, caller)
            answer.headers.update(headers)
            return answer

        rule = world.faults.choose(entrance.request, entry["operation"])
        if rule is None:
            return Delivery(work())
        entry["fault"] = f"{rule.what} (rule {rule.number})"
        done = work() if rule.after else None
        return self._go_wrong(world, rule, done, work)

    def _go_wrong(self, world: World, rule: Rule, done: Answer | None, work: Any) -> Delivery:
        if rule.what in ("close-before", "close-after"):
            return Delivery(None, reset=rule.reset)
        if rule.what == "hang":
            if not world.pause(rule.seconds):
                return CUT
            return Delivery(done or work())
        if rule.what == "truncate":
            return Delivery(done, truncate=True)
        return Delivery(rule.answer())

    def _work(self, world: World, entrance: gateway.Entrance, entry: dict[str, Any],
              inspection: Inspection, caller: Caller) -> Answer:
        """Authenticate, refuse or carry out, in this order, as Jira does."""
        operation = inspection.operation
        refusal = entrance.refusal
        if refusal is None and operation is not None and entrance.through:
            refusal = gateway.refuse(operation, caller, world.settings)
        if refusal is None and operation is None:
            refusal = inspection.refusal
        if refusal is not None:
            return refusal
        assert operation is not None
        answer = self._carry_out(world, inspection, caller)
        if operation.path.startswith(render_desks.PREFIX):
            answer = render_desks.in_own_form(answer)
        if caller.presented == "wrong":
            answer.headers.setdefault("X-Seraph-LoginReason", "AUTHENTICATED_FAILED")
        if self._check_answers and self._specification is not None:
            for problem in self._specification.check_answer(entrance.request, answer):
                world.log.violation(entry, problem)
        return answer

    def _carry_out(self, world: World, inspection: Inspection, caller: Caller) -> Answer:
        operation = inspection.operation
        assert operation is not None
        try:
            require(operation, caller, world.settings)
            if inspection.refusal is not None:
                return inspection.refusal
            call = Call(world, caller, inspection.path_values, inspection.parameters,
                        inspection.body)
            with world.site.lock:
                return operation.handler(call)
        except JiraError as error:
            return error.answer


def encoded(answer: Answer) -> bytes:
    """The body of an answer as it goes over the wire."""
    if answer.content is None:
        return b""
    if isinstance(answer.content, bytes):
        return answer.content
    if isinstance(answer.content, str):
        return answer.content.encode()
    return json.dumps(answer.content, separators=(",", ":")).encode()
