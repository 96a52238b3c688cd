/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the answers of the Directory API mean. An entry without an id can't be told from any other,
 * so that its page says nothing; one that lacks something else is kept, with its fault.
 */
#include "google/directory.h"

#include <string.h>

#include <apr_strings.h>
#include <unictype.h>
#include <unistr.h>

#include "base/json.h"
#include "base/text.h"

/* In bytes. Google's ids have 21 characters, its names 60, its addresses 254. */
#define MAX_ID    128
#define MAX_TEXT  1024
#define MAX_TOKEN 4096

/* Reads an entry of a list into an element of the page; whether it can be told from others. */
typedef int take_t(void *element, const json_t *entry, apr_pool_t *p);

typedef struct {
    const char *kind;
    const char *list;
    int must_be_there;
    int most;
    int size;
    take_t *take;
} listing_t;

/* A character that is not seen, though it makes one name differ from another that looks alike. */
static int is_invisible(ucs4_t c)
{
    return c == 0x200b || c == 0xfeff || uc_is_cntrl(c) || uc_is_property_bidi_control(c);
}

/* A name without what is not seen, and without blanks at its ends; NULL: nothing is left. */
static const char *name_of(const json_t *object, const char *key, apr_pool_t *p)
{
    const uint8_t *at = (const uint8_t *)scim_sync_json_nonempty(object, key);
    uint8_t *name;
    apr_size_t used = 0;
    apr_size_t end = 0;
    ucs4_t c;

    if (at == NULL || strlen((const char *)at) > MAX_TEXT) {
        return NULL;
    }
    name = apr_palloc(p, strlen((const char *)at) + 1);
    while ((at = u8_next(&c, at)) != NULL) {
        int blank = uc_is_property_white_space(c);

        if (!is_invisible(c) && !(blank && used == 0)) {
            used += u8_uctomb(name + used, c, 6);
            end = blank ? end : used;
        }
    }
    name[end] = '\0';
    return end > 0 ? (const char *)name : NULL;
}

/* A text that others are compared with: as it is, or not at all. */
static const char *text_of(const json_t *object, const char *key, apr_size_t most)
{
    const char *text = scim_sync_json_nonempty(object, key);

    return text != NULL && strlen(text) <= most ? text : NULL;
}

static const char *id_of(const json_t *entry)
{
    const char *id = text_of(entry, "id", MAX_ID);

    return id != NULL && u8_check((const uint8_t *)id, strlen(id)) == NULL ? id : NULL;
}

/*
 * Both of them are there in every answer; missing, they would make a leaver look active. Who is
 * said to be one of the two is out, whatever else is not said.
 */
static const char *user_fault(const scim_sync_google_user_t *user, const json_t *entry)
{
    int out = user->suspended || user->archived;

    if (!out && !json_is_boolean(json_object_get(entry, "suspended"))) {
        return "Google does not say whether this user is suspended";
    }
    if (!out && !json_is_boolean(json_object_get(entry, "archived"))) {
        return "Google does not say whether this user is archived";
    }
    return user->email == NULL ? "this user has no primary e-mail address" : NULL;
}

static int take_user(void *element, const json_t *entry, apr_pool_t *p)
{
    scim_sync_google_user_t *user = element;
    const json_t *name = json_object_get(entry, "name");
    const char *shown = name_of(name, "displayName", p);
    const char *email = text_of(entry, "primaryEmail", MAX_TEXT);

    user->id = id_of(entry);
    user->email = scim_sync_is_email(email) ? email : NULL;
    user->given_name = name_of(name, "givenName", p);
    user->family_name = name_of(name, "familyName", p);
    user->full_name = shown != NULL ? shown : name_of(name, "fullName", p);
    user->org_unit = text_of(entry, "orgUnitPath", MAX_TEXT);
    user->why = name_of(entry, "suspensionReason", p);
    user->suspended = json_is_true(json_object_get(entry, "suspended"));
    user->archived = json_is_true(json_object_get(entry, "archived"));
    user->fault = user_fault(user, entry);
    return user->id != NULL;
}

/* Google writes 64-bit numbers as texts. */
static apr_int64_t number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    const char *text = json_string_value(value);

    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        return json_integer_value(value);
    }
    if (text == NULL || *text == '\0' || strlen(text) > 18 ||
        strspn(text, "0123456789") != strlen(text)) {
        return -1;
    }
    return apr_atoi64(text);
}

static int take_group(void *element, const json_t *entry, apr_pool_t *p)
{
    scim_sync_google_group_t *group = element;

    group->id = id_of(entry);
    group->email = text_of(entry, "email", MAX_TEXT);
    group->name = name_of(entry, "name", p);
    group->direct_members = number_of(entry, "directMembersCount");
    if (group->name == NULL) {
        group->name = group->email;
    }
    return group->id != NULL;
}

static scim_sync_google_member_type_t member_type(const json_t *entry)
{
    static const char *const types[] = { [SCIM_SYNC_GOOGLE_MEMBER_USER] = "USER",
                                         [SCIM_SYNC_GOOGLE_MEMBER_GROUP] = "GROUP",
                                         [SCIM_SYNC_GOOGLE_MEMBER_CUSTOMER] = "CUSTOMER" };
    const char *text = scim_sync_json_str(entry, "type");

    for (int i = 0; text != NULL && i < SCIM_SYNC_GOOGLE_MEMBER_OTHER; i++) {
        if (strcmp(text, types[i]) == 0) {
            return i;
        }
    }
    return SCIM_SYNC_GOOGLE_MEMBER_OTHER;
}

static int take_member(void *element, const json_t *entry, apr_pool_t *p)
{
    scim_sync_google_member_t *member = element;

    member->id = id_of(entry);
    member->type = member_type(entry);
    member->email = text_of(entry, "email", MAX_TEXT);
    member->role = name_of(entry, "role", p);
    member->status = name_of(entry, "status", p);
    return member->id != NULL;
}

/* What is wrong with the page, in words; NULL: nothing. */
static const char *read_page(scim_sync_google_page_t *page, const listing_t *listing,
                             const json_t *json, const char *asked, apr_pool_t *p)
{
    const json_t *list = json_object_get(json, listing->list);
    const json_t *next = json_object_get(json, "nextPageToken");
    const char *kind = scim_sync_json_str(json, "kind");
    json_t *entry;
    size_t i;

    memset(page, 0, sizeof *page);
    page->next = text_of(json, "nextPageToken", MAX_TOKEN);
    page->unsaid = list == NULL;
    if (kind == NULL || strcmp(kind, listing->kind) != 0) {
        return apr_pstrcat(p, "it is no list of the kind ", listing->kind, NULL);
    }
    if (next != NULL && (!json_is_string(next) || json_string_length(next) > MAX_TOKEN)) {
        return "its token of the next page is none";
    }
    if (page->next != NULL && asked != NULL && strcmp(page->next, asked) == 0) {
        return "its next page is the page itself";
    }
    if (page->unsaid && (listing->must_be_there || asked != NULL || page->next != NULL)) {
        return apr_pstrcat(p, "it has no \"", listing->list, "\"", NULL);
    }
    if ((!page->unsaid && !json_is_array(list)) || json_array_size(list) > (size_t)listing->most) {
        return apr_pstrcat(p, "its \"", listing->list, "\" are no list, or too long a one", NULL);
    }
    page->entries = apr_array_make(p, (int)json_array_size(list) + 1, listing->size);
    json_array_foreach(list, i, entry)
    {
        if (!listing->take(apr_array_push(page->entries), entry, p)) {
            return apr_psprintf(p, "entry %d of its \"%s\" has no id", (int)i + 1, listing->list);
        }
    }
    return NULL;
}

static scim_sync_google_result_t read_listing(const scim_sync_answer_t *answer, const char *asked,
                                              const listing_t *listing,
                                              scim_sync_google_page_t *page, apr_pool_t *p)
{
    scim_sync_google_reading_t reading;
    const char *wrong;

    scim_sync_google_answer_read(&reading, answer, p);
    if (answer->status == 400 && asked != NULL &&
        reading.result.matter == SCIM_SYNC_GOOGLE_REQUEST) {
        scim_sync_google_is(&reading.result, SCIM_SYNC_GOOGLE_PAGE_LOST);
    }
    if (reading.result.matter != SCIM_SYNC_GOOGLE_FINE) {
        return reading.result;
    }
    wrong = reading.json == NULL ? apr_pstrcat(p, "it is no JSON object: ", reading.wrong, NULL)
                                 : read_page(page, listing, reading.json, asked, p);
    return wrong != NULL ? scim_sync_google_strange(answer, wrong, p) : reading.result;
}

/* What was asked for as a whole is not there: that is no empty directory, but a wrong question. */
static scim_sync_google_result_t never_gone(scim_sync_google_result_t result)
{
    if (result.matter == SCIM_SYNC_GOOGLE_GONE) {
        scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_REQUEST);
    }
    return result;
}

static scim_sync_google_result_t read_users(const scim_sync_answer_t *answer, const char *asked,
                                            int must_be_there, scim_sync_google_page_t *page,
                                            apr_pool_t *p)
{
    const listing_t users = {
        "admin#directory#users",         "users",  must_be_there, SCIM_SYNC_GOOGLE_USERS_ON_PAGE,
        sizeof(scim_sync_google_user_t), take_user
    };

    return never_gone(read_listing(answer, asked, &users, page, p));
}

scim_sync_google_result_t scim_sync_google_read_users(const scim_sync_answer_t *answer,
                                                      const char *asked,
                                                      scim_sync_google_page_t *page, apr_pool_t *p)
{
    return read_users(answer, asked, 1, page, p);
}

scim_sync_google_result_t scim_sync_google_read_found(const scim_sync_answer_t *answer,
                                                      const char *asked,
                                                      scim_sync_google_page_t *page, apr_pool_t *p)
{
    return read_users(answer, asked, 0, page, p);
}

scim_sync_google_result_t scim_sync_google_read_groups(const scim_sync_answer_t *answer,
                                                       const char *asked,
                                                       scim_sync_google_page_t *page, apr_pool_t *p)
{
    static const listing_t groups = {
        "admin#directory#groups",         "groups",  0, SCIM_SYNC_GOOGLE_GROUPS_ON_PAGE,
        sizeof(scim_sync_google_group_t), take_group
    };

    return never_gone(read_listing(answer, asked, &groups, page, p));
}

scim_sync_google_result_t scim_sync_google_read_members(const scim_sync_answer_t *answer,
                                                        const char *asked,
                                                        scim_sync_google_page_t *page,
                                                        apr_pool_t *p)
{
    static const listing_t members = {
        "admin#directory#members",         "members",  0, SCIM_SYNC_GOOGLE_MEMBERS_ON_PAGE,
        sizeof(scim_sync_google_member_t), take_member
    };

    return read_listing(answer, asked, &members, page, p);
}

scim_sync_google_result_t scim_sync_google_read_watch(const scim_sync_answer_t *answer,
                                                      scim_sync_google_channel_t *channel,
                                                      apr_pool_t *p)
{
    scim_sync_google_reading_t reading;
    const char *kind;
    const char *id;
    apr_int64_t expires;

    scim_sync_google_answer_read(&reading, answer, p);
    if (reading.result.matter != SCIM_SYNC_GOOGLE_FINE) {
        return never_gone(reading.result);
    }
    kind = scim_sync_json_str(reading.json, "kind");
    id = scim_sync_json_str(reading.json, "id");
    channel->resource_id = text_of(reading.json, "resourceId", MAX_TEXT);
    if (kind == NULL || strcmp(kind, "api#channel") != 0 || id == NULL ||
        strcmp(id, channel->id) != 0 || channel->resource_id == NULL) {
        return scim_sync_google_strange(answer, "it is not the channel", p);
    }
    expires = number_of(reading.json, "expiration");
    channel->expires = expires > 0 ? expires : 0;
    return reading.result;
}

scim_sync_google_result_t scim_sync_google_read_stop(const scim_sync_answer_t *answer,
                                                     apr_pool_t *p)
{
    scim_sync_google_reading_t reading;

    scim_sync_google_answer_read(&reading, answer, p);
    if (reading.result.matter == SCIM_SYNC_GOOGLE_GONE) {
        scim_sync_google_is(&reading.result, SCIM_SYNC_GOOGLE_FINE);
        reading.result.outcome.detail = NULL;
    }
    return reading.result;
}
