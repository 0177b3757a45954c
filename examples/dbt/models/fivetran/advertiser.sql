select
    advertiser_id as id, name, company, country, currency, timezone, language, industry, address, balance, description,
    email, contacter, cellphone_number, telephone_number, role, status, create_time
from {{ source('tiktok', 'advertisers') }}
