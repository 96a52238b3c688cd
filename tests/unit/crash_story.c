/* SPDX-License-Identifier: Apache-2.0 */
#include "crash_story.h"

#include <string.h>

/* Nobody has told anything yet, and nothing has been done; only sites and IdPs are there. */
static fake_t *begin(database_t *database, const crash_story_t *story)
{
    fake_t *fake;

    store_wipe(database->db, database->pool);
    fake = story->site ? story->site(database) : fake_of(database);
    if (story->rules) {
        store_put_rules(fake->db, "okta", story->rules, fake->p);
        database_run(fake->db, "DELETE FROM task", fake->p);
    }
    if (story->before) {
        story->before(fake);
    }
    return fake;
}

/* 0: it did not die at this point, for there are fewer of them. */
static int live_through(fake_t *fake, const crash_story_t *story, int crash_at)
{
    int ended;

    fake->points = 0;
    fake->crash_at = crash_at;
    story->during(fake);
    ended = fake_work(fake);
    fake->crash_at = 0;
    if (story->after) {
        story->after(fake);
    }
    assert_true(fake_work(fake));
    return !ended;
}

void crash_story(database_t *database, const crash_story_t *story)
{
    int crash_at = 0;
    int died;

    do {
        fake_t *fake = begin(database, story);

        died = live_through(fake, story, ++crash_at);
        if (strcmp(fake_members(fake), story->members) != 0) {
            fail_msg("died at %d: Jira has \"%s\", not \"%s\"", crash_at, fake_members(fake),
                     story->members);
        }
        assert_string_equal(store_column(fake->db, "SELECT subject FROM task", fake->p), "");
        if (story->check) {
            story->check(fake);
        }
    } while (died);
    assert_true(crash_at > story->points);
}
