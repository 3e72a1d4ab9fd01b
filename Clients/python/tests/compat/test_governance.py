"""`chancery.compat.governance` against the data of pqc-ai-governance; where that has a hole, the recommended answer counts."""

from __future__ import annotations

import json
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from vectors import load

from chancery.compat._canonical import canonical_json, digest, now
from chancery.compat.governance import (
    AuthorizationChain,
    AuthorizationGrant,
    ByzantineDetectedError,
    ConsensusResult,
    ConsensusRound,
    GovernanceError,
    GovernanceNode,
    GovernanceProposal,
    InvalidProposalError,
    NodeRegistry,
    ProposalKind,
    QuorumPolicy,
    SignedVote,
    UnknownNodeError,
    VoteDecision,
)
from chancery.compat.identity import AgentIdentity


def node(name: str, weight: int = 1) -> GovernanceNode:
    return GovernanceNode(AgentIdentity.create(name), name, weight)


def registry(*nodes: GovernanceNode) -> NodeRegistry:
    found = NodeRegistry()
    for one in nodes:
        found.register(one)
    return found


def proposal(by: GovernanceNode, kind: ProposalKind = ProposalKind.AUTHORIZE_MODEL, **more: Any) -> GovernanceProposal:
    return by.sign_proposal(GovernanceProposal.create(kind, "did:pqaid:subject", "t", by.did, **more))


def passed(by: list[GovernanceNode], about: GovernanceProposal) -> ConsensusResult:
    members = registry(*by)
    round = ConsensusRound(about, members)
    for one in by:
        round.cast(one.cast_vote(about, VoteDecision.APPROVE))
    return round.finalize(by[0])


def test_canonical_bytes_are_those_of_the_package() -> None:
    for case in load("pqc/canonical.json")["cases"]:
        if case["kind"] != "proposal.parameters" or "bytes_hex" not in case:
            continue
        value = json.loads(case["input_json"])
        if any(word in case["input_json"] for word in ("NaN", "Infinity")):
            with pytest.raises(ValueError):
                canonical_json(value)
            continue
        frame = load("pqc/canonical.json")["frame"]
        ours = GovernanceProposal.from_dict({**frame, "parameters": value}).canonical_bytes()
        assert ours.hex() == case["bytes_hex"], case["id"]
        assert digest(ours).hex() == case["sha3_256"]


def altered(item: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    item = json.loads(json.dumps(item))
    for path, value in changes.items():
        place = item
        *folders, name = path.split("/")
        for folder in folders:
            place = place[folder]
        place[name] = value
    return item


def test_signed_records_of_the_package_get_the_recommended_verdict() -> None:
    vectors = load("pqc/envelopes.json")
    objects = {item["id"]: item for item in vectors["objects"]}
    known = {identity["did"] for identity in vectors["identities"]}
    from chancery.compat.enclave import DeviceAttestation, DeviceAttester

    checked = 0
    for case in vectors["checks"]:
        base = objects[case["base"]]
        content = altered(base["object"], case["set"])
        kind = base["kind"]
        if kind == "proposal":
            verdict = GovernanceNode.verify_proposal(GovernanceProposal.from_dict(content))
        elif "vote" in content:
            verdict = GovernanceNode.verify_vote(SignedVote.from_dict(content))
        elif "included_vote_ids" in content:
            result = ConsensusResult.from_dict(content)
            verdict = result.signer_did in known and ConsensusRound.verify_result(result)
        else:
            verdict = DeviceAttester.verify(DeviceAttestation.from_dict(content))
        assert verdict is case["recommended"], (case["id"], case["why"])
        checked += 1
    assert checked == len(vectors["checks"])


def test_what_is_no_signature_of_fips_204_is_refused_whatever_its_label_says() -> None:
    for case in load("pqc/mislabelled.json")["cases"]:
        assert not GovernanceNode.verify_proposal(GovernanceProposal.from_dict(case["proposal"]))
        assert not GovernanceNode.verify_vote(SignedVote.from_dict(case["vote"]))
        assert not ConsensusRound.verify_result(ConsensusResult.from_dict(case["result"]))


def test_quorums_decide_as_the_package_and_exactly_where_doubles_do_not() -> None:
    compared, identity = 0, AgentIdentity.create("n")
    for case in load("pqc/quorum.json")["cases"]:
        participation, approval = (case[name]["text"] for name in ("min_participation", "min_approval"))
        try:
            policy = QuorumPolicy(Fraction(participation), Fraction(approval))
        except (GovernanceError, ValueError):
            continue
        weights = case["weights"]
        if any(not isinstance(weight, int) or isinstance(weight, bool) or weight < 1 for weight in weights):
            with pytest.raises(GovernanceError):
                for weight in weights:
                    GovernanceNode(identity, "n", weight)
            continue
        sums = {letter: sum(w for w, v in zip(weights, case["votes"], strict=True) if v == letter) for letter in "arb"}
        ours, reason = policy.check(sums["a"], sums["r"], sums["b"], sum(weights))
        expected = case.get("exact_arithmetic", case)["decision"]
        assert ("passed" if ours else "rejected") == expected, (case["id"], reason)
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("case", load("pqc/tally_events.json")["cases"], ids=lambda case: case["id"])
def test_a_round_counts_as_recommended(case: dict[str, Any]) -> None:  # noqa: PLR0915
    members = [node(f"n{place}", weight) for place, weight in enumerate(case["weights"])]
    outsider = node("outsider")
    listed = registry(*members)
    about = proposal(members[0])
    policy = QuorumPolicy(Fraction(case["min_participation"]), Fraction(case["min_approval"]))
    round = ConsensusRound(about, listed, policy)
    conflicts = False
    for step in case["steps"]:
        hole = "hole" in case
        if step["op"] == "cast":
            voter = outsider if step["voter"] == "outsider" else members[step["voter"]]
            vote = voter.cast_vote(about, VoteDecision(step["decision"])).to_dict()
            tamper = step.get("tamper")
            if tamper in ("foreign-key", "foreign-key-nonmember"):
                claimed = members[step["claims"]].did if step["claims"] < len(members) else "did:pqaid:" + "0" * 64
                vote["vote"]["voter_did"] = claimed
                body = SignedVote.from_dict(vote).vote.canonical_bytes()
                vote["signature"] = voter.identity.sign(digest(body)).hex()
            elif tamper:
                vote = tampered(vote, tamper, voter, members[0])
            outcome = "counted"
            try:
                if not round.cast(SignedVote.from_dict(vote)):
                    reasons = [r for v, r in round.tally.invalid_votes if v.vote.voter_did == vote["vote"]["voter_did"]]
                    outcome = "duplicate ignored" if _repeated(round, vote) or not reasons else f"invalid: {reasons[-1]}"
            except ByzantineDetectedError as error:
                conflicts = True
                assert error.evidence is not None
                assert all(GovernanceNode.verify_vote(one) for one in error.evidence)  # type: ignore[arg-type]
                outcome = "raises ByzantineDetectedError"
            except GovernanceError as error:
                outcome = f"raises {type(error).__name__}"
            if not hole and not conflicts:
                assert outcome == step["outcome"], step
            if tamper in ("foreign-key", "foreign-key-nonmember"):
                assert outcome in ("invalid: public key does not match voter_did", "invalid: non-member voter")
        elif step["op"] == "register":
            known = members[step["node"]].identity if step["node"] < len(members) else AgentIdentity.create("new")
            listed.register(GovernanceNode(known, "n", step["weight"]))
        elif step["op"] == "remove":
            if step["node"] < len(members):
                listed.remove(members[step["node"]].did)
            else:
                with pytest.raises(UnknownNodeError):
                    listed.remove("did:pqaid:nobody")
        elif step["op"] == "expire":
            about.expires_at = (now() - timedelta(seconds=1)).isoformat()
        elif step["op"] == "edit-proposal":
            about.title = "another"
        elif step["op"] == "finalize":
            by = outsider if step.get("by") == "outsider" else members[0]
            if by is outsider or round.result is not None:
                with pytest.raises(GovernanceError):
                    round.finalize(by)
                continue
            result = round.finalize(by)
            assert ConsensusRound.verify_result(result, listed) or not listed.is_member(by.did)
            if not hole and not conflicts:
                assert result.decision == step["outcome"], step
            for equivocator in round.tally.equivocations:
                assert all(vote.vote.voter_did != equivocator for vote in round.tally.valid_votes)
    if "hole" in case and case["id"] in ("tally-015", "tally-019", "tally-026", "tally-028"):
        assert round.result is None or round.result.decision == "rejected"


def _repeated(round: ConsensusRound, vote: dict[str, Any]) -> bool:
    """Whether the vote itself was fine and had been cast before."""
    signed = SignedVote.from_dict(vote)
    first = [one for one in round.tally.valid_votes if one.vote.voter_did == signed.vote.voter_did]
    return (
        bool(first)
        and signed.vote.proposal_hash == round.tally.proposal_hash
        and signed.vote.proposal_id == round.proposal.proposal_id
        and GovernanceNode.verify_vote(signed)
    )


def tampered(vote: dict[str, Any], how: str, voter: GovernanceNode, proposer: GovernanceNode) -> dict[str, Any]:
    body = vote["vote"]
    if how == "signature":
        vote["signature"] = ("0" if vote["signature"][0] != "0" else "1") + vote["signature"][1:]
    elif how == "rationale":
        body["rationale"] = "another"
    elif how == "decision":
        body["decision"] = "reject" if body["decision"] == "approve" else "approve"
    elif how == "proposal-id":
        body["proposal_id"] = "urn:pqc-gov-prop:" + "0" * 32
    elif how == "proposal-hash":
        body["proposal_hash"] = "0" * 64
    elif how == "other-proposal":
        vote = voter.cast_vote(proposal(proposer), VoteDecision(body["decision"])).to_dict()
    elif how == "algorithm":
        vote["algorithm"] = "ML-DSA-87"
    else:
        pytest.fail(f"no such change: {how}")
    return vote


def test_a_result_is_bound_to_what_was_voted_and_a_replayed_grant_authorises_nothing() -> None:
    members = [node(name) for name in "abc"]
    grant = AuthorizationGrant("did:pqaid:subject", ProposalKind.AUTHORIZE_MODEL, passed(members, proposal(members[0])))
    chain = AuthorizationChain("did:pqaid:subject", registry(*members))
    chain.add(grant)
    assert chain.is_authorized(ProposalKind.AUTHORIZE_MODEL)

    update = passed(members, proposal(members[0], ProposalKind.UPDATE_POLICY))
    attached = AuthorizationChain("did:pqaid:subject")
    attached.add(AuthorizationGrant("did:pqaid:subject", ProposalKind.AUTHORIZE_AGENT, update))
    assert not attached.is_authorized(ProposalKind.AUTHORIZE_AGENT)

    revoke = passed(members, proposal(members[0], ProposalKind.REVOKE_MODEL))
    chain.add(AuthorizationGrant("did:pqaid:subject", ProposalKind.REVOKE_MODEL, revoke))
    assert not chain.is_authorized(ProposalKind.AUTHORIZE_MODEL)
    chain.add(grant)
    assert not chain.is_authorized(ProposalKind.AUTHORIZE_MODEL)


def test_an_unsigned_or_foreign_result_authorises_nothing() -> None:
    members, strangers = [node(name) for name in "abc"], [node(name) for name in "xyz"]
    for result, listed in (
        (passed(strangers, proposal(strangers[0])), registry(*members)),
        (ConsensusResult("p", "h", "passed", "", 3, 0, 0, 3, [], ""), None),
    ):
        chain = AuthorizationChain("did:pqaid:subject", listed)
        chain.add(AuthorizationGrant("did:pqaid:subject", ProposalKind.AUTHORIZE_MODEL, result))
        assert not chain.is_authorized(ProposalKind.AUTHORIZE_MODEL)


def test_a_result_that_its_votes_do_not_come_to_is_found_by_a_recount() -> None:
    members = [node(name) for name in "abc"]
    about, listed = proposal(members[0]), registry(*members)
    votes = [one.cast_vote(about, VoteDecision.APPROVE) for one in members]
    round = ConsensusRound(about, listed)
    for vote in votes:
        round.cast(vote)
    result = round.finalize(members[1])
    assert ConsensusRound.recount(result, about, votes, listed)
    assert not ConsensusRound.recount(result, about, votes[:2], listed)
    lie = ConsensusResult.from_dict({**result.to_dict(), "approve_weight": 9})
    lie.signature = members[1].identity.sign(digest(lie.canonical_bytes())).hex()
    assert ConsensusRound.verify_result(lie)
    assert not ConsensusRound.recount(lie, about, votes, listed)


def test_an_unsigned_proposal_opens_no_round_and_no_unreadable_time_is_for_ever() -> None:
    member = node("a")
    with pytest.raises(InvalidProposalError):
        ConsensusRound(GovernanceProposal.create(ProposalKind.DELEGATION, "s", "t", member.did), registry(member))
    for case in load("pqc/expiry.json")["cases"]:
        about = proposal(member)
        about.expires_at = case["expires_at"]
        if case["recommended"] == "refuse":
            with pytest.raises(InvalidProposalError):
                about.is_expired()
        else:
            assert about.is_expired() is case["recommended"], case
