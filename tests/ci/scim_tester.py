"""Holds the SCIM service at the address of the first argument against scim2-tester; SCIM_TOKEN is what it shows there."""

import os
import sys
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# Outcomes that a service that keeps to the RFC does not have. What the tester leaves out is counted, and shown.
NOT_PASSED = {Status.ERROR, Status.CRITICAL, Status.DEVIATION}

http = Client(base_url=sys.argv[1], headers={"Authorization": f"Bearer {os.environ['SCIM_TOKEN']}"}, trust_env=False)
results = check_server(SyncSCIMClient(http))
for result in results:
    if result.status in NOT_PASSED:
        print(f"{result.status.name}: {result.resource_type or ''} {result.title}: {result.reason}")
counts = Counter(result.status.name.lower() for result in results)
print(f"scim2-tester: {len(results)} checks:", ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))
# Without the operations on users and groups nothing is shown.
tested = {result.resource_type for result in results}
sys.exit(0 if {"User", "Group"} <= tested and not any(result.status in NOT_PASSED for result in results) else 1)
