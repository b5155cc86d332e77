"""Dialogue: what the tracker, the policy and the response generator will be trained on."""
